import Core
import HTTP
import Inventory
import Middleware

@Sendable func listMovements(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let product = try call.id(ProductKind.self)
  var query = try call.query()
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let found = try MovementDirectory.list(
    of: product, for: caller.asShopManager, before: try paging.place(in: "movements"),
    limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw InventoryError.noSuchProduct }
  return try paging.answer(
    found.movements, total: found.total, as: "movements", sealing: call.shared.cursors
  ) { [String($0.number)] }
}
