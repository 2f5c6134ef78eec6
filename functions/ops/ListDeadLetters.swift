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
    consumer: consumer, isSettled: isSettled, before: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  let (letters, meta) = paging.cut(found.letters, sealing: call.shared.cursors) {
    ["dead_letters", String($0.number)]
  }
  if case .page(let page) = paging.position {
    return try .list(letters, meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  return try .list(letters, meta: meta)
}

private func position(_ paging: Paging) throws -> Int? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "dead_letters", let number = Int(values[1]) else {
    throw Paging.foreignCursor
  }
  return number
}
