import HTTP
import Identity
import Middleware

@Sendable func deleteShipperProfile(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  return try call.write { transaction in
    try call.accounts.deleteShipper(caller.user, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
