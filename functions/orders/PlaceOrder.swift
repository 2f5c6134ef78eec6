import Core
import HTTP
import Middleware
import Orders
import Payments
import Postgres
import Promotions

/// Two round trips: everything is read at once, and what is written travels with the COMMIT.
@Sendable func placeOrder(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: PlaceOrderRequest = try call.body()
  let response = try call.write { transaction in
    let basket = try Basket.read(
      body.items.map { .items($0) } ?? .cart(of: caller.user), for: body, of: caller.user,
      at: call.now, in: transaction.beforehand)
    let draft = try basket.draft(call.orders.newOrderID(), for: caller.user, body)
    let provider = try call.providers.check(
      draft.payment.provider, method: draft.payment.method, currency: draft.subtotal.currency,
      returnURL: draft.payment.returnURL, field: "payment.")
    try provider.check(body.savedMethod, found: basket.methodProviders, field: "payment.")
    let order = try call.orders.place(draft, in: transaction)
    return try .created(order, at: "/api/v1/orders/\(draft.id)", version: order.order.version)
  }
  PreferredWait(call.request[.prefer]).begin(after: response, of: caller, call)
  return response
}

struct PlaceOrderRequest: RequestBody {
  /// Nil means what is in the cart.
  let items: [DraftDirectory.Wish]?
  let addressID: AddressID?
  let address: OrderAddress?
  let payment: PaymentChoice
  let codes: [String]
  let expectedTotal: Money?

  var savedMethod: PaymentMethodID? { payment.savedMethod.map { PaymentMethodID($0) } }

  init(_ fields: inout Fields) {
    items =
      fields.value("items") == nil
      ? nil : fields.items("items", count: 1...99, OrderedItem.self).map(\.wish)
    addressID = fields.optionalID("address_id")
    address = fields.object("address")
    if fields.value("address_id") == nil, fields.value("address") == nil {
      fields.refuse("address_id", "required", "Give an address_id or an address.")
    }
    let payment = fields.object("payment", OrderPayment.self)
    if fields.value("payment") == nil {
      fields.refuse("payment", "required", "This field is required.")
    }
    self.payment = payment?.choice ?? PaymentChoice(provider: "", method: nil, savedMethod: nil)
    codes = fields.optionalTexts("promotion_codes", count: 0...10) ?? []
    for (index, code) in codes.enumerated()
    where !(3...40).contains(code.utf8.count) || !TextRule.promotionCode.holds(code) {
      fields.refuse(
        "promotion_codes[\(index)]", TextRule.promotionCode.code, TextRule.promotionCode.message)
    }
    expectedTotal = fields.optionalMoney("expected_total", mayBeNothing: true)
  }
}

struct OrderedItem: RequestBody {
  let wish: DraftDirectory.Wish

  init(_ fields: inout Fields) {
    let variant = fields.optionalID("variant_id", VariantKind.self)
    let product = fields.optionalID("product_id", ProductKind.self)
    if fields.value("variant_id") == nil, fields.value("product_id") == nil {
      fields.refuse("variant_id", "required", "Give a variant_id or a product_id.")
    }
    wish = .init(
      variant: variant, product: product, quantity: fields.integer("quantity", in: 1...999))
  }
}

struct OrderPayment: RequestBody {
  let choice: PaymentChoice

  init(_ fields: inout Fields) {
    choice = PaymentChoice(
      provider: fields.choice("provider", else: ProviderName.wallet).rawValue,
      method: fields.optionalText("method", 1...40, .line),
      savedMethod: fields.optionalID("payment_method_id", PaymentMethodKind.self)?.uuid,
      returnURL: fields.optionalText("return_url", 8...2048, .webAddress))
  }
}

/// An address that is for this order alone.
struct OrderAddress: RequestBody, Encodable {
  let recipient: String
  let phone: String
  let street: String
  let ward: String?
  let district: String?
  let city: String
  let postcode: String?
  let country: String
  let lat: Double?
  let long: Double?

  init(_ fields: inout Fields) {
    recipient = fields.text("recipient", 1...100, .line)
    phone = fields.text("phone", 6...20, .phone)
    street = fields.text("street", 1...200, .line)
    ward = fields.optionalText("ward", 0...100, .blankableLine)
    district = fields.optionalText("district", 0...100, .blankableLine)
    city = fields.text("city", 1...100, .line)
    postcode = fields.optionalText("postcode", 0...20, .blankableLine)
    country = fields.text("country", 2...2, .country)
    lat = fields.optionalDegrees("lat", within: 90)
    long = fields.optionalDegrees("long", within: 180)
  }
}
