import Core
import HTTP
import Middleware
import Orders
import Postgres

@Sendable func requestReturn(_ call: Call) throws -> Response {
  let actor = try call.actor()
  let id = try call.id(OrderKind.self)
  let body: RequestReturnRequest = try call.body()
  return try call.write { transaction in
    let made = try call.orders.requestReturn(
      body.wish, of: id, by: actor.user, in: transaction)
    let found = try returned(made, for: actor, in: transaction)
    return try .created(found, at: "/api/v1/returns/\(made)", version: found.version)
  }
}

/// Throws `noSuchReturn`.
func returned(_ id: ReturnID, for actor: Actor, in database: some Querying) throws -> Return {
  guard let found = try OrderBook.read(id, for: actor, in: database) else {
    throw OrderError.noSuchReturn
  }
  return found
}

struct RequestReturnRequest: RequestBody {
  let wish: ReturnWish

  init(_ fields: inout Fields) {
    let items: [Item]? =
      fields.value("items") == nil ? nil : fields.items("items", count: 1...99)
    wish = ReturnWish(
      parcel: fields.optionalID("parcel_id"),
      items: items?.enumerated().map { place, item in
        ReturnWish.Item(variant: item.variant, quantity: item.quantity, field: "items[\(place)]")
      },
      reason: fields.text("reason", 1...500, .line))
  }

  struct Item: RequestBody {
    let variant: VariantID
    let quantity: Int

    init(_ fields: inout Fields) {
      let named = fields.optionalID("variant_id", VariantKind.self)
      if fields.value("variant_id") == nil {
        fields.refuse("variant_id", "required", "This field is required.")
      }
      variant = named ?? VariantID(UUID(high: 0, low: 0))
      quantity = fields.integer("quantity", in: 1...999)
    }
  }
}
