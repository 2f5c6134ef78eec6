import Core
import HTTP
import Middleware
import Outbox

@Sendable func listDeadLetters(_ call: Call) throws -> Response {
  var query = try call.query()
  let consumer = query.text("consumer", upTo: 63)
  let isSettled = query.flag("settled") ?? false
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let found = try DeadLetterDirectory.list(
    consumer: consumer, isSettled: isSettled, before: try paging.place(in: "dead_letters"),
    limit: paging.limit,
    offset: paging.offset, in: call.database)
  return try paging.answer(
    found.letters, total: found.total, as: "dead_letters", sealing: call.shared.cursors
  ) { [String($0.number)] }
}
