import Cart
import HTTP
import Identity
import Middleware

@Sendable func logIn(_ call: Call) throws -> Response {
  let body: LogInRequest = try call.body()
  let grant = try call.accounts.logIn(
    body.login, password: body.password, on: call.device, in: call.database
  ) { user, transaction in
    if let cart = body.cart { call.carts.merge(cart, into: user, in: transaction) }
  }
  return try .data(grant)
}

/// `email` or `login`; the first counts when both are there. What the guest with this
/// `cart_token` had gathered comes into the user's cart.
struct LogInRequest: RequestBody {
  let login: String
  let password: String
  let cart: CartToken?

  init(_ fields: inout Fields) {
    let email = fields.optionalText("email", 3...254, .email)
    let login = fields.optionalText("login", 1...254)
    if email == nil, login == nil, fields.violations.isEmpty {
      fields.refuse("email", "required", "Give an e-mail address, or a login.")
    }
    self.login = email ?? login ?? ""
    password = fields.text("password", 1...128)
    cart = fields.optionalText("cart_token", 1...255).map(CartToken.init(presented:))
  }
}
