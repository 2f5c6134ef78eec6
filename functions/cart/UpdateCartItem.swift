import Cart
import HTTP
import Middleware

/// None removes the line.
@Sendable func updateCartItem(_ call: Call) throws -> Response {
  guard let name = CartItemName(call.pathText()) else { throw CartError.noSuchItem }
  let body: UpdateCartItemRequest = try call.body()
  let owner = call.cartOwner
  return try call.write { transaction in
    try call.carts.setQuantity(
      body.quantity, of: name, in: owner, check: call.requireMatch, in: transaction)
    let cart = try PricedCart.read(owner, at: call.now, in: transaction)
    return try .data(CartAnswer(cart)).tagged(version: cart.contents.version)
  }
}

struct UpdateCartItemRequest: RequestBody {
  let quantity: Int

  init(_ fields: inout Fields) { quantity = fields.integer("quantity", in: 0...Carts.quantityMax) }
}
