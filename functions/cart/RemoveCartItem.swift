import Cart
import HTTP
import Middleware

@Sendable func removeCartItem(_ call: Call) throws -> Response {
  guard let name = CartItemName(call.pathText()) else { throw CartError.noSuchItem }
  return try call.write { transaction in
    try call.carts.setQuantity(
      0, of: name, in: call.cartOwner, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
