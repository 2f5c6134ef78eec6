import Core
import HTTP
import Identity
import Middleware

@Sendable func deleteAddress(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(AddressKind.self)
  return try call.write { transaction in
    try call.accounts.deleteAddress(
      id, of: caller.user, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
