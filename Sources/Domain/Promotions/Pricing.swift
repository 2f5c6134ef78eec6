package import Core

/// The one place where discounts are computed: for a cart, and for an order made of it. It knows
/// no database and no clock; the same input always gives the same output, in whatever order the
/// lines and promotions come.
///
/// Each shop's promotions are tried by priority, the higher first, of equal ones the older first.
/// One that does not stack applies alone in its shop: only when nothing of that shop applied
/// before it, and nothing of that shop applies after it. Each works on what the ones before it
/// left, so nothing falls below zero. An amount is rounded once per promotion, half a minor unit
/// upwards, and then spread over its lines by largest remainder, so that the lines sum to it.
package enum Pricing {
  /// Something to buy. `key` differs from line to line.
  package struct Line: Sendable {
    package let key: VariantID
    package let shop: ShopID
    package let product: ProductID
    /// The product's own category, and those above it where a scope does not have all below it.
    package let categories: [CategoryID]
    package let unitPrice: Money
    package let quantity: Int

    package init(
      key: VariantID, shop: ShopID, product: ProductID, categories: [CategoryID],
      unitPrice: Money, quantity: Int
    ) {
      self.key = key
      self.shop = shop
      self.product = product
      self.categories = categories
      self.unitPrice = unitPrice
      self.quantity = quantity
    }

    var total: Int { unitPrice.amount * quantity }
  }

  /// Who buys, and when.
  package struct Occasion: Sendable {
    package let moment: Timestamp
    /// As the customer typed them.
    package let codes: [String]
    /// How often this customer has used each promotion before.
    package let uses: [PromotionID: Int]

    package init(moment: Timestamp, codes: [String] = [], uses: [PromotionID: Int] = [:]) {
      self.moment = moment
      self.codes = codes
      self.uses = uses
    }
  }

  package static func quote(
    _ lines: [Line], _ promotions: [Promotion], on occasion: Occasion
  ) -> Quote {
    var till = Till(lines)
    let codes = Set(occasion.codes.map { $0.lowercased() })
    let inOrder = promotions.sorted {
      ($1.priority, $0.id.uuid) < ($0.priority, $1.id.uuid)
    }
    let verdicts = inOrder.map { promotion in
      let refusal = promotion.refusal(
        at: occasion.moment, usedByCustomer: occasion.uses[promotion.id] ?? 0)
      if let refusal { return Quote.Verdict(promotion, refusal) }
      if let code = promotion.code, !codes.contains(code.lowercased()) {
        return Quote.Verdict(promotion, .codeMissing)
      }
      return till.apply(promotion)
    }
    return Quote(till, verdicts)
  }
}

extension Promotion {
  /// Why it cannot be used now, whatever is bought. Taking a use asks the same.
  func refusal(at moment: Timestamp, usedByCustomer: Int) -> Quote.Reason? {
    guard status == .active else { return status == .ended ? .ended : .notActive }
    guard startsAt <= moment else { return .notStarted }
    guard moment < endsAt else { return .ended }
    if let totalLimit, used >= totalLimit { return .usedUp }
    if let perCustomerLimit, usedByCustomer >= perCustomerLimit { return .usedByCustomer }
    return nil
  }
}
