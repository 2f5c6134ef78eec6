import HTTP
import Identity
import Middleware

@Sendable func listSessions(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let sessions = try call.accounts.sessions(
    of: caller.user, current: caller.session, in: call.database)
  return try .list(sessions, meta: CountMeta(count: sessions.count))
}
