import HTTP
import Identity
import Middleware

@Sendable func logOut(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  return try call.write { transaction in
    try call.accounts.logOut(caller.session, of: caller.user, in: transaction)
    return .noContent
  }
}
