import Catalog
import Core
import HTTP
import Middleware

/// What the variants cost and when it changed, the latest first. For the seller.
@Sendable func listProductPrices(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ProductKind.self)
  var query = try call.query()
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let (found, total, owner) = try PriceDirectory.list(
    of: id, before: try number(paging), limit: paging.limit, offset: paging.offset,
    in: call.database)
  guard let owner, caller.manages(whatIsOf: owner) else { throw CatalogError.noSuchProduct }
  let (prices, meta) = paging.cut(found, sealing: call.shared.cursors) {
    ["prices", String($0.number)]
  }
  guard case .page(let page) = paging.position else { return try .list(prices, meta: meta) }
  return try .list(prices, meta: PageMeta(page: page, limit: paging.limit, total: total))
}

private func number(_ paging: Paging) throws -> Int? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "prices", let number = Int(values[1]) else {
    throw Paging.foreignCursor
  }
  return number
}
