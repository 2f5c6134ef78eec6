import HTTP
import Identity
import Middleware

@Sendable func verifyEmail(_ call: Call) throws -> Response {
  let body: VerifyEmailRequest = try call.body()
  return try call.write { transaction in
    try call.accounts.verifyEmail(body.token, in: transaction)
    return .noContent
  }
}

struct VerifyEmailRequest: RequestBody {
  let token: String

  init(_ fields: inout Fields) {
    token = fields.text("token", 1...512)
  }
}
