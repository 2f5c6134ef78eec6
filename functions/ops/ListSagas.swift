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
    state: state, definition: definition, before: try paging.place(in: "sagas"),
    limit: paging.limit,
    offset: paging.offset, in: call.database)
  return try paging.answer(
    found.sagas, total: found.total, as: "sagas", sealing: call.shared.cursors
  ) { [$0.id.description] }
}
