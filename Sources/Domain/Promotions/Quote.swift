package import Core

/// What lines cost after promotions, and why.
package struct Quote: Sendable {
  package let lines: [VariantID: LinePrice]
  /// In the order they were tried.
  package let verdicts: [Verdict]
  /// By shop id.
  package let shops: [ShopTotal]
  /// By currency, several only when shops of different currencies meet in one cart. They are
  /// never added up: an order is in one currency.
  package let totals: [CurrencyTotal]

  package struct LinePrice: Hashable, Sendable {
    package let total: Money
    package let discount: Money
  }

  package struct ShopTotal: Hashable, Sendable {
    package let shop: ShopID
    package let subtotal: Money
    package let discount: Money
  }

  package struct CurrencyTotal: Hashable, Sendable {
    package let subtotal: Money
    package let discount: Money
    package var total: Money { subtotal - discount }
  }

  /// How a promotion fared.
  package struct Verdict: Hashable, Sendable {
    package let promotion: Promotion
    package let reason: Reason
    package let discount: Int
    package let parts: [Part]

    package var isApplied: Bool { reason == .applied }

    init(_ promotion: Promotion, _ reason: Reason, discount: Int = 0, parts: [Part] = []) {
      self.promotion = promotion
      self.reason = reason
      self.discount = discount
      self.parts = parts
    }
  }

  /// What a promotion took off one line.
  package struct Part: Hashable, Sendable {
    package let key: VariantID
    package let amount: Int
  }

  package enum Reason: String, Sendable, CaseIterable, Encodable {
    case applied
    /// Draft or paused.
    case notActive = "not_active"
    case notStarted = "not_started"
    case ended
    case codeMissing = "code_missing"
    case usedUp = "used_up"
    case usedByCustomer = "used_by_customer"
    case nothingEligible = "nothing_eligible"
    case belowMinimum = "below_minimum"
    case notCombinable = "not_combinable"
    case nothingLeft = "nothing_left"
  }

  init(_ till: Till, _ verdicts: [Verdict]) {
    self.verdicts = verdicts
    let priced = zip(till.lines, till.left).map { line, left in
      let currency = line.unitPrice.currency
      let price = LinePrice(
        total: Money(line.total, currency), discount: Money(line.total - left, currency))
      return (line: line, price: price)
    }
    lines = Dictionary(uniqueKeysWithValues: priced.map { ($0.line.key, $0.price) })
    shops = Dictionary(grouping: priced, by: \.line.shop).map { shop, priced in
      let (subtotal, discount) = Self.sum(priced.map(\.price))
      return ShopTotal(shop: shop, subtotal: subtotal, discount: discount)
    }.sorted { $0.shop < $1.shop }
    totals = Dictionary(grouping: priced, by: \.line.unitPrice.currency).values.map { priced in
      let (subtotal, discount) = Self.sum(priced.map(\.price))
      return CurrencyTotal(subtotal: subtotal, discount: discount)
    }.sorted { $0.subtotal.currency.rawValue < $1.subtotal.currency.rawValue }
  }

  package var isMixed: Bool { totals.count > 1 }

  /// Of at least one price.
  private static func sum(_ prices: [LinePrice]) -> (subtotal: Money, discount: Money) {
    let zero = Money(0, prices.first?.total.currency ?? .none)
    return prices.reduce((zero, zero)) { ($0.0 + $1.total, $0.1 + $1.discount) }
  }
}

extension Quote.Reason {
  /// For people.
  package var sentence: String {
    switch self {
    case .applied: "It applies."
    case .notActive: "The promotion is not active."
    case .notStarted: "The promotion has not begun yet."
    case .ended: "The promotion has ended."
    case .codeMissing: "It needs its code."
    case .usedUp: "All uses of the promotion are taken."
    case .usedByCustomer: "You have used the promotion as often as you may."
    case .nothingEligible: "Nothing in the cart is part of the promotion."
    case .belowMinimum: "What the promotion is for has not reached its minimum yet."
    case .notCombinable: "It does not combine with a promotion that applies already."
    case .nothingLeft: "Nothing is left to take off."
    }
  }
}
