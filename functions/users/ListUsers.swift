import Core
import HTTP
import Identity
import Middleware

@Sendable func listUsers(_ call: Call) throws -> Response {
  var query = try call.query()
  let filter = UserFilter(
    text: query.text("q", upTo: 100), role: query.choice("role"), status: query.choice("status"))
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  if case .page(let page) = paging.position {
    let (users, total) = try UserDirectory.page(
      filter, limit: paging.limit, offset: paging.offset, in: call.database)
    return try .list(users, meta: PageMeta(page: page, limit: paging.limit, total: total))
  }
  let users = try UserDirectory.list(
    filter, after: try position(paging), limit: paging.limit, offset: 0, in: call.database)
  let (page, meta) = paging.cut(users, sealing: call.shared.cursors) {
    [String($0.createdAt.microseconds), $0.id.description]
  }
  return try .list(page, meta: meta)
}

private func position(_ paging: Paging) throws -> (createdAt: Timestamp, id: UserID)? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, let microseconds = Int64(values[0]), let id = UserID(values[1]) else {
    throw Paging.foreignCursor
  }
  return (Timestamp(microseconds: microseconds), id)
}
