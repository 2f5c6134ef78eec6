import Core
import HTTP
import Middleware
import Orders

/// A shop sees its parcels, not what else was in the orders.
@Sendable func listShopOrders(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let shop = try call.id(ShopKind.self)
  var query = try call.query()
  let status = query.choice("status", ParcelStatus.self)
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let found = try ParcelDirectory.list(
    of: shop, status, for: caller.asShopManager, before: try paging.place(in: "shop orders"),
    limit: paging.limit, offset: paging.offset, in: call.database)
  guard let found else { throw Problem.notFound("There is no such shop of yours.") }
  return try paging.answer(
    found.parcels, total: found.total, as: "shop orders", sealing: call.shared.cursors
  ) { [$0.parcel.id.description] }
}
