internal import Core
internal import JSON

/// A promotion as clients read it.
package struct PromotionRecord: Encodable, Sendable {
  let promotion: Promotion
  let currency: Currency
  private let now: Timestamp

  init(_ promotion: Promotion, in currency: Currency, at now: Timestamp) {
    self.promotion = promotion
    self.currency = currency
    self.now = now
  }

  package var id: PromotionID { promotion.id }
  package var version: Int { promotion.version }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(promotion.id, forKey: .id)
    try container.encode(promotion.shop, forKey: .shopId)
    try container.encode(promotion.name, forKey: .name)
    try container.encode(promotion.typeAndValue.type, forKey: .type)
    try container.encode(promotion.discount.number, forKey: .value)
    try container.encode(promotion.maxDiscount.map { Money($0, currency) }, forKey: .maxDiscount)
    try container.encode(promotion.minimum.map { Money($0, currency) }, forKey: .minimum)
    try container.encode(promotion.code, forKey: .code)
    try container.encode(promotion.startsAt, forKey: .startsAt)
    try container.encode(promotion.endsAt, forKey: .endsAt)
    try container.encode(promotion.perCustomerLimit, forKey: .perCustomerLimit)
    try container.encode(promotion.totalLimit, forKey: .totalLimit)
    try container.encode(promotion.used, forKey: .used)
    try container.encode(promotion.priority, forKey: .priority)
    try container.encode(promotion.stacks, forKey: .stacks)
    try container.encode(AppliesTo(promotion.scope), forKey: .appliesTo)
    try container.encode(promotion.standing(at: now), forKey: .status)
  }

  private enum CodingKeys: String, CodingKey {
    case id, shopId, name, type, value, maxDiscount, minimum, code, startsAt, endsAt
    case perCustomerLimit, totalLimit, used, priority, stacks, appliesTo, status
  }

  private struct AppliesTo: Encodable {
    let productIds: [ProductID]
    let categoryIds: [CategoryID]

    init(_ scope: Promotion.Scope) {
      productIds = scope.products.sorted()
      categoryIds = scope.categories.sorted()
    }
  }
}

extension Promotion.Discount {
  /// Percent with up to two decimals, or minor units: exact, for it never is a floating number.
  fileprivate var number: JSONValue {
    switch self {
    case .value(let value): return .integer(Int64(value))
    case .percentage(let percent):
      let (whole, part) = percent.hundredths.quotientAndRemainder(dividingBy: 100)
      if part == 0 { return .integer(Int64(whole)) }
      if part % 10 == 0 { return .decimal("\(whole).\(part / 10)") }
      return .decimal("\(whole).\(part < 10 ? "0" : "")\(part)")
    }
  }
}
