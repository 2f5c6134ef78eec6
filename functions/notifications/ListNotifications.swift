import Core
import HTTP
import Middleware
import Notifications

@Sendable func listNotifications(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  var query = try call.query()
  let onlyUnread = query.flag("unread") ?? false
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let (notifications, total) = try InboxDirectory.list(
    of: caller.user, onlyUnread: onlyUnread, before: try paging.place(in: "notifications"),
    limit: paging.limit, offset: paging.offset, in: call.database)
  return try paging.answer(
    notifications, total: total, as: "notifications", sealing: call.shared.cursors
  ) { [$0.id.description] }
}
