import Core
import HTTP
import Middleware
import Orders

@Sendable func listOrders(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  var query = try call.query()
  let filter = OrderDirectory.Filter(
    status: query.choice("status", OrderStatus.self), from: query.time("from"),
    until: query.time("until"))
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let (orders, total) = try OrderDirectory.list(
    of: caller.user, filter, before: try paging.place(in: "orders"), limit: paging.limit,
    offset: paging.offset, in: call.database)
  return try paging.answer(orders, total: total, as: "orders", sealing: call.shared.cursors) {
    [$0.order.id.description]
  }
}
