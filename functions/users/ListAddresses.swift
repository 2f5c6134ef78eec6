import HTTP
import Identity
import Middleware

/// All of them: there are at most 50.
@Sendable func listAddresses(_ call: Call) throws -> Response {
  let addresses = try AddressStore.list(of: try call.signedIn().user, in: call.database)
  return try .list(addresses, meta: CountMeta(count: addresses.count))
}
