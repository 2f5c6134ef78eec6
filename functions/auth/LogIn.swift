import HTTP
import Identity
import Middleware

@Sendable func logIn(_ call: Call) throws -> Response {
  let body: LogInRequest = try call.body()
  return try .data(
    try call.accounts.logIn(
      body.login, password: body.password, on: call.device, in: call.database))
}

/// `email` or `login`; the first counts when both are there. A `cart_token` is only looked at:
/// there are no carts to merge yet.
struct LogInRequest: RequestBody {
  let login: String
  let password: String

  init(_ fields: inout Fields) {
    let email = fields.optionalText("email", 3...254, .email)
    let login = fields.optionalText("login", 1...254)
    if email == nil, login == nil, fields.violations.isEmpty {
      fields.refuse("email", "required", "Give an e-mail address, or a login.")
    }
    self.login = email ?? login ?? ""
    password = fields.text("password", 1...128)
    _ = fields.optionalText("cart_token", 1...255)
  }
}
