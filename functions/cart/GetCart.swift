import Cart
import HTTP
import Middleware

/// A token that opens nothing shows an empty cart: it tells nobody which tokens there are.
@Sendable func getCart(_ call: Call) throws -> Response {
  let cart = try PricedCart.read(call.cartOwner, at: call.now, in: call.database)
  return try .data(CartAnswer(cart)).tagged(version: cart.contents.version)
}
