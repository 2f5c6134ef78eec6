import Core
import HTTP
import JSON
import Promotions

/// What the bodies of promotions have in common.
extension Fields {
  /// Percent with up to two decimals, or minor units, as `type` says. Nil where it refuses.
  mutating func promotionValue(_ type: PromotionType) -> Promotion.Discount? {
    guard type == .percentage else { return .value(integer("value", in: 1...Money.amountMax)) }
    guard let value = value("value") else {
      refuse("value", "required", "This field is required.")
      return nil
    }
    switch HundredthsOfAPercent(value) {
    case .number(let hundredths):
      if let percent = Percent(hundredths: hundredths) { return .percentage(percent) }
      refuse("value", "out_of_range", "A percentage is more than 0 and at most 100.")
    case .tooFine:
      refuse("value", "too_precise", "A percentage has at most two decimals.")
    case .none:
      refuse("value", "wrong_type", "This must be a number.")
    }
    return nil
  }

  /// Minor units, alone or with their currency.
  mutating func optionalAmount(_ name: String) -> PromotionDraft.Amount? {
    if case .object = value(name) {
      return optionalMoney(name).map { PromotionDraft.Amount($0.amount, $0.currency) }
    }
    return optionalInteger(name, in: 1...Money.amountMax).map { PromotionDraft.Amount($0) }
  }

  mutating func promotionScope() -> Promotion.Scope {
    guard let value = value("applies_to") else { return Promotion.Scope() }
    guard case .object(let members) = value else {
      refuse("applies_to", "wrong_type", "This must be an object.")
      return Promotion.Scope()
    }
    var inner = Fields(members)
    let most = Promotion.Scope.itemsMax
    let products = inner.optionalIDs("product_ids", upTo: most, ProductKind.self) ?? []
    let categories = inner.optionalIDs("category_ids", upTo: most, CategoryKind.self) ?? []
    for fault in inner.violations {
      refuse("applies_to.\(fault.field)", fault.code, fault.message)
    }
    return Promotion.Scope(products: Set(products), categories: Set(categories))
  }

  mutating func timestamp(_ name: String) -> Timestamp {
    if value(name) == nil { refuse(name, "required", "This field is required.") }
    return optionalTimestamp(name) ?? Timestamp(seconds: 0)
  }
}

/// A JSON number as hundredths, read from its digits: 12.5 is 1250.
private enum HundredthsOfAPercent {
  case number(Int)
  case tooFine

  init?(_ value: JSONValue) {
    switch value {
    case .integer(let whole):
      // Beyond a hundred it does not matter by how much.
      self = .number(Int(min(max(whole, -1), 101)) * 100)
    case .decimal(let text):
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let whole = Int64(parts[0]), let fraction = Int(parts[1]) else {
        // An exponent, or more digits than any percentage has.
        self = parts.count == 1 && !text.contains(where: "eE".contains) ? .number(10_100) : .tooFine
        return
      }
      guard parts[1].utf8.count <= 2 else {
        self = .tooFine
        return
      }
      let hundredths = fraction * (parts[1].utf8.count == 1 ? 10 : 1)
      let isNegative = parts[0].hasPrefix("-")
      self = .number(isNegative ? -1 : Int(min(whole, 101)) * 100 + hundredths)
    default: return nil
    }
  }
}
