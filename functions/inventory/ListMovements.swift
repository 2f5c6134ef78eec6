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
    of: product, ownedBy: caller.user, before: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw InventoryError.noSuchProduct }
  if case .page(let page) = paging.position {
    return try .list(
      Array(found.movements.prefix(paging.limit)),
      meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  let movements = Array(found.movements.prefix(paging.limit))
  let next = found.movements.count > paging.limit ? movements.last : nil
  return try .list(
    movements,
    meta: CursorMeta(
      limit: paging.limit,
      nextCursor: next.map { call.shared.cursors.seal(["movements", String($0.number)]) }))
}

private func position(_ paging: Paging) throws -> Int? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "movements", let number = Int(values[1]) else {
    throw Problem.invalid([
      .init(field: "cursor", code: "invalid_cursor", message: "This cursor is of another list.")
    ])
  }
  return number
}
