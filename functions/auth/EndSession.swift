import Core
import HTTP
import Identity
import Middleware

@Sendable func endSession(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let session = try call.id(SessionKind.self)
  return try call.write { transaction in
    try call.accounts.endSession(session, of: caller.user, in: transaction)
    return .noContent
  }
}
