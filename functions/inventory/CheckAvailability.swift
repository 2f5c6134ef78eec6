import Core
import HTTP
import Inventory
import Middleware

/// Whether all of it can be had at once, and what of it cannot.
@Sendable func checkAvailability(_ call: Call) throws -> Response {
  let body: CheckAvailabilityRequest = try call.body()
  let offers = try StockDirectory.offers(
    of: body.items.compactMap(\.variant), and: body.items.compactMap(\.product), in: call.database)
  let answers = try Availability.check(
    body.items.map { (variant: $0.variant, product: $0.product, quantity: $0.quantity) },
    against: offers)
  return try .data(AvailabilityAnswer(available: answers.isEmpty, unavailableItems: answers))
}

struct CheckAvailabilityRequest: RequestBody {
  let items: [Item]

  init(_ fields: inout Fields) { items = fields.items("items", count: 1...100) }

  struct Item: RequestBody {
    let variant: VariantID?
    let product: ProductID?
    let quantity: Int

    init(_ fields: inout Fields) {
      variant = fields.optionalID("variant_id")
      let named = fields.optionalID("product_id", ProductKind.self)
      product = variant == nil ? named : nil
      if fields.value("variant_id") == nil, fields.value("product_id") == nil {
        fields.refuse("variant_id", "required", "Give a variant_id or a product_id.")
      }
      quantity = fields.integer("quantity", in: 1...1_000_000)
    }
  }
}

struct AvailabilityAnswer: Encodable {
  let available: Bool
  let unavailableItems: [Availability.Shortage]
}
