import Core
import HTTP
import Identity
import Middleware

/// Everything to the user and to administrators, the public part to others.
@Sendable func getUser(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(UserKind.self)
  guard let user = try UserStore.find(id, in: call.database) else {
    throw IdentityError.noSuchUser
  }
  guard caller.user == id || caller.has(.admin) else {
    return try .data(user.publicView, version: user.version)
  }
  return try .data(user, version: user.version)
}
