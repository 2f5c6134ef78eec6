import Core
import HTTP
import Middleware
import Notifications

/// Read once is read: another call changes nothing.
@Sendable func readNotification(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(NotificationKind.self)
  return try call.write { transaction in
    let read = try InboxDirectory.read(id, by: caller.user, at: call.now, in: transaction)
    guard let read else { throw Problem.notFound() }
    return try .data(read)
  }
}
