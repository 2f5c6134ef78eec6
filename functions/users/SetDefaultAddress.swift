import Core
import HTTP
import Identity
import Middleware

@Sendable func setDefaultAddress(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(AddressKind.self)
  return try call.write { transaction in
    let address = try call.accounts.makeDefault(
      id, of: caller.user, check: call.requireMatch, in: transaction)
    return try .data(address, version: address.version)
  }
}
