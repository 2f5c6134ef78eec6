import Cart
import Core
import JSON
import Promotions

/// A cart as clients read it.
struct CartAnswer: Encodable {
  @ExplicitNull var id: CartID?
  /// For a new guest only: it is shown once.
  let token: String?
  let items: [Item]
  let promotions: [PromotionAnswer]
  /// Null where several currencies meet: those are in `totals`.
  @ExplicitNull var subtotal: Money?
  @ExplicitNull var discount: Money?
  @ExplicitNull var shipping: Money?
  @ExplicitNull var total: Money?
  let totals: [Total]
  let shops: [ShopAnswer]
  let problems: [CartProblem]

  init(_ cart: PricedCart, token: String? = nil) {
    let quote = cart.quote
    _id = ExplicitNull(wrappedValue: cart.contents.id)
    self.token = token
    items = cart.contents.lines.map { Item($0, quote.lines[$0.variant]) }
    promotions = PromotionAnswer.all(of: cart)
    totals = quote.totals.map(Total.init)
    shops = quote.shops.map(ShopAnswer.init)
    problems = CartProblem.all(of: cart)
    let single = quote.isMixed ? nil : totals.first ?? .nothing
    _subtotal = ExplicitNull(wrappedValue: single?.subtotal)
    _discount = ExplicitNull(wrappedValue: single?.discount)
    _shipping = ExplicitNull(wrappedValue: single?.shipping)
    _total = ExplicitNull(wrappedValue: single?.total)
  }

  struct Item: DirectJSON {
    private let line: CartLine
    /// Of what is for sale.
    private let price: Quote.LinePrice?

    init(_ line: CartLine, _ price: Quote.LinePrice?) {
      self.line = line
      self.price = price
    }

    func write(to json: inout JSONWriter) {
      let nothing = Money(0, line.now.price.currency)
      json.beginObject()
      json.key("id")
      json.id(line.id)
      json.key("product_id")
      json.id(line.product)
      json.key("variant_id")
      json.id(line.variant)
      json.key("name")
      json.string(line.now.name)
      json.key("image")
      if let image = line.image { json.string(image) } else { json.null() }
      json.key("shop_id")
      json.id(line.shop)
      json.key("quantity")
      json.integer(line.quantity)
      json.key("unit_price")
      json.money(line.now.price)
      json.key("line_total")
      json.money(price?.total ?? nothing)
      json.key("discount")
      json.money(price?.discount ?? nothing)
      json.key("available")
      json.integer(line.isForSale ? max(0, line.available) : 0)
      json.key("changes")
      CartChange.write(line, to: &json)
      json.endObject()
    }
  }

  /// What everything in one currency comes to. Shipping costs nothing yet: what it will cost is
  /// known when shippers set their prices.
  struct Total: Encodable {
    let currency: Currency
    let subtotal: Money
    let discount: Money
    let shipping: Money
    let total: Money

    init(_ total: Quote.CurrencyTotal) {
      currency = total.subtotal.currency
      subtotal = total.subtotal
      discount = total.discount
      shipping = Money(0, currency)
      self.total = total.total + shipping
    }

    private init(nothingIn currency: Currency) {
      self.currency = currency
      subtotal = Money(0, currency)
      (discount, shipping, total) = (subtotal, subtotal, subtotal)
    }

    /// Nothing has no currency.
    static let nothing = Total(nothingIn: .none)
  }

  struct ShopAnswer: Encodable {
    let shopId: ShopID
    let subtotal: Money
    let discount: Money

    init(_ total: Quote.ShopTotal) {
      shopId = total.shop
      subtotal = total.subtotal
      discount = total.discount
    }
  }
}

/// What became of a promotion, or of a code that none goes by.
struct PromotionAnswer: Encodable {
  @ExplicitNull var promotionId: PromotionID?
  @ExplicitNull var shopId: ShopID?
  @ExplicitNull var code: String?
  @ExplicitNull var name: String?
  let applied: Bool
  let reason: String
  let message: String
  let discount: Money
  let items: [Part]

  struct Part: Encodable {
    let itemId: CartItemID
    let discount: Money
  }

  static func all(of cart: PricedCart) -> [PromotionAnswer] {
    guard !cart.quote.verdicts.isEmpty || !cart.contents.codes.isEmpty else { return [] }
    let items = Dictionary(
      cart.contents.lines.map { ($0.variant, $0.id) }, uniquingKeysWith: { first, _ in first })
    let currencies = Dictionary(
      cart.contents.lines.map { ($0.shop, $0.now.price.currency) },
      uniquingKeysWith: { first, _ in first })
    let known = cart.quote.verdicts.map { verdict in
      PromotionAnswer(verdict, currencies[verdict.promotion.shop] ?? .none, items)
    }
    let unknown = cart.contents.codes.filter { cart.verdicts(of: $0).isEmpty }
    return known + unknown.map(PromotionAnswer.init(unknownCode:))
  }

  private init(
    _ verdict: Quote.Verdict, _ currency: Currency, _ itemIDs: [VariantID: CartItemID]
  ) {
    _promotionId = ExplicitNull(wrappedValue: verdict.promotion.id)
    _shopId = ExplicitNull(wrappedValue: verdict.promotion.shop)
    _code = ExplicitNull(wrappedValue: verdict.promotion.code)
    _name = ExplicitNull(wrappedValue: verdict.promotion.name)
    applied = verdict.isApplied
    reason = verdict.reason.rawValue
    message = verdict.reason.sentence
    discount = Money(verdict.discount, currency)
    items = verdict.parts.compactMap { part in
      itemIDs[part.key].map { Part(itemId: $0, discount: Money(part.amount, currency)) }
    }
  }

  private init(unknownCode code: String) {
    _promotionId = ExplicitNull(wrappedValue: nil)
    _shopId = ExplicitNull(wrappedValue: nil)
    _code = ExplicitNull(wrappedValue: code)
    _name = ExplicitNull(wrappedValue: nil)
    applied = false
    reason = CartError.unknownCode.slug
    message = CartError.unknownCode.message
    discount = Money(0, .none)
    items = []
  }
}
