import Core
import HTTP
import Middleware
import Saga

@Sendable func listSagas(_ call: Call) throws -> Response {
  var query = try call.query()
  let state: SagaState? = query.choice("state")
  let definition = query.text("definition", upTo: 63)
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let found = try SagaDirectory.list(
    state: state, definition: definition, before: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  let (sagas, meta) = paging.cut(found.sagas, sealing: call.shared.cursors) {
    ["sagas", $0.id.description]
  }
  if case .page(let page) = paging.position {
    return try .list(sagas, meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  return try .list(sagas, meta: meta)
}

private func position(_ paging: Paging) throws -> SagaID? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "sagas", let id = SagaID(values[1]) else {
    throw Paging.foreignCursor
  }
  return id
}
