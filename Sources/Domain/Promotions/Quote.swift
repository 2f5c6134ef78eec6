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
    package fileprivate(set) var subtotal: Money
    package fileprivate(set) var discount: Money
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
    var lines: [VariantID: LinePrice] = [:]
    lines.reserveCapacity(till.lines.count)
    var shops: [ShopID: CurrencyTotal] = [:]
    var totals: [Currency: CurrencyTotal] = [:]
    for (line, left) in zip(till.lines, till.left) {
      let currency = line.unitPrice.currency
      let price = LinePrice(
        total: Money(line.total, currency), discount: Money(line.total - left, currency))
      lines[line.key] = price
      shops[line.shop, default: .nothing(in: currency)].add(price)
      totals[currency, default: .nothing(in: currency)].add(price)
    }
    self.lines = lines
    self.shops = shops.map { shop, total in
      ShopTotal(shop: shop, subtotal: total.subtotal, discount: total.discount)
    }.sorted { $0.shop < $1.shop }
    self.totals = totals.values.sorted {
      $0.subtotal.currency.rawValue < $1.subtotal.currency.rawValue
    }
  }

  package var isMixed: Bool { totals.count > 1 }
}

extension Quote.CurrencyTotal {
  fileprivate static func nothing(in currency: Currency) -> Self {
    Self(subtotal: Money(0, currency), discount: Money(0, currency))
  }

  fileprivate mutating func add(_ price: Quote.LinePrice) {
    subtotal = subtotal + price.total
    discount = discount + price.discount
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
