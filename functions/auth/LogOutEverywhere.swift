import HTTP
import Identity
import Middleware

@Sendable func logOutEverywhere(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  return try call.write { transaction in
    try call.accounts.logOutEverywhere(caller.user, in: transaction)
    return .noContent
  }
}
