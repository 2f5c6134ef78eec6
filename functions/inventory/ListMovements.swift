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
    of: product, for: caller.asShopManager, before: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw InventoryError.noSuchProduct }
  let (movements, meta) = paging.cut(found.movements, sealing: call.shared.cursors) {
    ["movements", String($0.number)]
  }
  if case .page(let page) = paging.position {
    return try .list(movements, meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  return try .list(movements, meta: meta)
}

private func position(_ paging: Paging) throws -> Int? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "movements", let number = Int(values[1]) else {
    throw Paging.foreignCursor
  }
  return number
}
