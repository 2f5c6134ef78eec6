import HTTP
import Identity
import Middleware

/// The same answer whether the account exists or not.
@Sendable func forgotPassword(_ call: Call) throws -> Response {
  let body: ForgotPasswordRequest = try call.body()
  return try call.write { transaction in
    try call.accounts.forgotPassword(body.email, in: transaction)
    return try .accepted("If this account exists, a mail is on its way.")
  }
}

struct ForgotPasswordRequest: RequestBody {
  let email: String

  init(_ fields: inout Fields) {
    email = fields.text("email", 3...254, .email)
  }
}
