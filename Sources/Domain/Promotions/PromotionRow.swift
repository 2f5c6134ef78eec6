internal import Core
internal import Postgres

extension Promotion {
  /// In the order of `PromotionStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    shop = try row.next()
    name = try row.next()
    let type: PromotionType = try row.next()
    discount = try type.discount(of: try row.next())
    maxDiscount = try row.next()
    minimum = try row.next()
    code = try row.next()
    startsAt = try row.next()
    endsAt = try row.next()
    perCustomerLimit = try row.next()
    totalLimit = try row.next()
    used = try row.next()
    priority = try row.next()
    stacks = try row.next()
    let products: [ProductID] = try row.next()
    let categories: [CategoryID] = try row.next()
    scope = Scope(products: Set(products), categories: Set(categories))
    status = try row.next()
    version = try row.next()
  }

  /// How it stands in a row, and in an answer.
  package var typeAndValue: (type: PromotionType, value: Int) {
    switch discount {
    case .percentage(let percent): (.percentage, percent.hundredths)
    case .value(let value): (.value, value)
    }
  }
}
