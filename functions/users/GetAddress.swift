import Core
import HTTP
import Identity
import Middleware

@Sendable func getAddress(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(AddressKind.self)
  guard let address = try AddressStore.find(id, of: caller.user, in: call.database) else {
    throw IdentityError.noSuchAddress
  }
  return try .data(address, version: address.version)
}
