import HTTP
import Identity
import Middleware

@Sendable func getProfile(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  guard let user = try UserStore.find(caller.user, in: call.database) else {
    throw IdentityError.noSuchUser
  }
  return try .data(user, version: user.version)
}
