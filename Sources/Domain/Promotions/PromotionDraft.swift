package import Core
package import HTTP

/// What a seller says of a promotion, checked as far as that goes without asking anybody.
package struct PromotionDraft: Sendable {
  package var name: String
  package var discount: Promotion.Discount
  package var maxDiscount: Amount?
  package var minimum: Amount?
  package var code: String?
  package var startsAt: Timestamp
  package var endsAt: Timestamp
  package var perCustomerLimit: Int?
  package var totalLimit: Int?
  package var priority: Int
  package var stacks: Bool
  package var scope: Promotion.Scope
  package var status: Promotion.Status

  /// Minor units; of the shop's currency where none is named.
  package struct Amount: Sendable, Equatable {
    package let minorUnits: Int
    package let currency: Currency?

    package init(_ minorUnits: Int, _ currency: Currency? = nil) {
      self.minorUnits = minorUnits
      self.currency = currency
    }
  }

  package init(
    name: String, discount: Promotion.Discount, maxDiscount: Amount?, minimum: Amount?,
    code: String?, startsAt: Timestamp, endsAt: Timestamp, perCustomerLimit: Int?,
    totalLimit: Int?, priority: Int, stacks: Bool, scope: Promotion.Scope,
    status: Promotion.Status
  ) {
    self.name = name
    self.discount = discount
    self.maxDiscount = maxDiscount
    self.minimum = minimum
    self.code = code
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.perCustomerLimit = perCustomerLimit
    self.totalLimit = totalLimit
    self.priority = priority
    self.stacks = stacks
    self.scope = scope
    self.status = status
  }

  /// Throws where an amount is in another currency than the shop's.
  func promotion(_ id: PromotionID, of shop: ShopID, in currency: Currency) throws -> Promotion {
    for (field, amount) in [("max_discount", maxDiscount), ("minimum", minimum)] {
      guard amount?.currency == nil || amount?.currency == currency else {
        throw PromotionError.wrongCurrency(field: field)
      }
    }
    return Promotion(
      id: id, shop: shop, name: name, discount: discount, maxDiscount: maxDiscount?.minorUnits,
      minimum: minimum?.minorUnits, code: code, startsAt: startsAt, endsAt: endsAt,
      perCustomerLimit: perCustomerLimit, totalLimit: totalLimit, priority: priority,
      stacks: stacks, scope: scope, status: status)
  }
}

/// What a PUT may change about a promotion.
package struct PromotionChanges: Sendable {
  package let name: Change<String>
  /// Type and value go together.
  package let discount: Change<Promotion.Discount>
  package let maxDiscount: Change<PromotionDraft.Amount?>
  package let minimum: Change<PromotionDraft.Amount?>
  package let code: Change<String?>
  package let startsAt: Change<Timestamp>
  package let endsAt: Change<Timestamp>
  package let perCustomerLimit: Change<Int?>
  package let totalLimit: Change<Int?>
  package let priority: Change<Int>
  package let stacks: Change<Bool>
  package let scope: Change<Promotion.Scope>
  package let status: Change<Promotion.Status>

  package init(
    name: Change<String>, discount: Change<Promotion.Discount>,
    maxDiscount: Change<PromotionDraft.Amount?>, minimum: Change<PromotionDraft.Amount?>,
    code: Change<String?>, startsAt: Change<Timestamp>, endsAt: Change<Timestamp>,
    perCustomerLimit: Change<Int?>, totalLimit: Change<Int?>, priority: Change<Int>,
    stacks: Change<Bool>, scope: Change<Promotion.Scope>, status: Change<Promotion.Status>
  ) {
    self.name = name
    self.discount = discount
    self.maxDiscount = maxDiscount
    self.minimum = minimum
    self.code = code
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.perCustomerLimit = perCustomerLimit
    self.totalLimit = totalLimit
    self.priority = priority
    self.stacks = stacks
    self.scope = scope
    self.status = status
  }

  func applied(to old: Promotion) -> PromotionDraft {
    let maxDiscount = old.maxDiscount.map { PromotionDraft.Amount($0) }
    let minimum = old.minimum.map { PromotionDraft.Amount($0) }
    return PromotionDraft(
      name: name.applied(to: old.name), discount: discount.applied(to: old.discount),
      maxDiscount: self.maxDiscount.applied(to: maxDiscount),
      minimum: self.minimum.applied(to: minimum), code: code.applied(to: old.code),
      startsAt: startsAt.applied(to: old.startsAt), endsAt: endsAt.applied(to: old.endsAt),
      perCustomerLimit: perCustomerLimit.applied(to: old.perCustomerLimit),
      totalLimit: totalLimit.applied(to: old.totalLimit),
      priority: priority.applied(to: old.priority), stacks: stacks.applied(to: old.stacks),
      scope: scope.applied(to: old.scope), status: status.applied(to: old.status))
  }
}
