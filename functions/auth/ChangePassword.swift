import HTTP
import Identity
import Middleware

@Sendable func changePassword(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: ChangePasswordRequest = try call.body()
  try call.accounts.changePassword(
    of: caller.user, from: body.currentPassword, to: body.newPassword, keeping: caller.session,
    in: call.database)
  return .noContent
}

struct ChangePasswordRequest: RequestBody {
  let currentPassword: String
  let newPassword: String

  init(_ fields: inout Fields) {
    currentPassword = fields.text("current_password", 1...128)
    newPassword = fields.text("new_password", 8...128)
  }
}
