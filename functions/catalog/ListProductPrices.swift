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
    of: id, before: try paging.place(in: "prices"), limit: paging.limit, offset: paging.offset,
    in: call.database)
  guard let owner, caller.manages(whatIsOf: owner) else { throw CatalogError.noSuchProduct }
  return try paging.answer(found, total: total, as: "prices", sealing: call.shared.cursors) {
    [String($0.number)]
  }
}
