import Core
import HTTP
import Middleware
import Orders

/// What can be claimed, or what the shipper has claimed.
@Sendable func listDeliveries(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  var query = try call.query()
  let which = query.choice("status", ParcelDirectory.Deliveries.self) ?? .available
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let name = "deliveries \(which.rawValue)"
  let (parcels, total) = try ParcelDirectory.list(
    which, for: caller.user, before: try paging.place(in: name), limit: paging.limit,
    offset: paging.offset, at: call.now, in: call.database)
  return try paging.answer(parcels, total: total, as: name, sealing: call.shared.cursors) {
    [$0.parcel.id.description]
  }
}
