import HTTP
import Identity
import Middleware

@Sendable func resetPassword(_ call: Call) throws -> Response {
  let body: ResetPasswordRequest = try call.body()
  try call.accounts.resetPassword(body.token, to: body.newPassword, in: call.database)
  return .noContent
}

struct ResetPasswordRequest: RequestBody {
  let token: String
  let newPassword: String

  init(_ fields: inout Fields) {
    token = fields.text("token", 1...512)
    newPassword = fields.text("new_password", 8...128)
  }
}
