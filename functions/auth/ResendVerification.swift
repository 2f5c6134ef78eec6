import HTTP
import Identity
import Middleware

@Sendable func resendVerification(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  return try call.write { transaction in
    try call.accounts.resendVerification(to: caller.user, in: transaction)
    return try .accepted("A mail is on its way.")
  }
}
