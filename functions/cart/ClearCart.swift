import Cart
import HTTP
import Middleware

@Sendable func clearCart(_ call: Call) throws -> Response {
  try call.write { transaction in
    try call.carts.clear(call.cartOwner, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
