import HTTP
import Identity
import Middleware

/// Fills in a fresh profile, once; later changes are a PUT.
@Sendable func completeProfile(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: ProfileRequest = try call.body()
  return try call.write { transaction in
    let user = try call.accounts.completeProfile(of: caller.user, body.changes, in: transaction)
    return try .created(user, at: "/api/v1/users/profile", version: user.version)
  }
}
