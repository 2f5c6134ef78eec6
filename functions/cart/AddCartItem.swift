import Cart
import Core
import HTTP
import Middleware

@Sendable func addCartItem(_ call: Call) throws -> Response {
  let body: AddCartItemRequest = try call.body()
  let owner = call.cartOwner
  return try call.write { transaction in
    let newOwner = try call.carts.add(body.wish, to: owner, in: transaction)
    let cart = try PricedCart.read(newOwner, at: call.now, in: transaction)
    var token: String?
    if newOwner != owner, case .guest(let made) = newOwner { token = made.text }
    return try .created(CartAnswer(cart, token: token), at: "/api/v1/cart")
      .tagged(version: cart.contents.version)
  }
}

struct AddCartItemRequest: RequestBody {
  let wish: CartWish

  init(_ fields: inout Fields) {
    let variant = fields.optionalID("variant_id", VariantKind.self)
    let product = fields.optionalID("product_id", ProductKind.self)
    if fields.value("variant_id") == nil, fields.value("product_id") == nil {
      fields.refuse("variant_id", "required", "Give a variant_id or a product_id.")
    }
    wish = CartWish(
      variant: variant, product: product,
      quantity: fields.integer("quantity", in: 1...Carts.quantityMax))
  }
}
