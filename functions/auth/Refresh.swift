import HTTP
import Identity
import Middleware

@Sendable func refresh(_ call: Call) throws -> Response {
  let body: RefreshRequest = try call.body()
  return try .data(
    try call.accounts.refresh(body.refreshToken, on: call.device, in: call.database))
}

struct RefreshRequest: RequestBody {
  let refreshToken: String

  init(_ fields: inout Fields) {
    refreshToken = fields.text("refresh_token", 1...512)
  }
}
