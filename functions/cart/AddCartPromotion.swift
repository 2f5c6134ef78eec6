import Cart
import HTTP
import Middleware
import Promotions

/// A code that does nothing for this cart is refused with the reason, and nothing is kept of it.
@Sendable func addCartPromotion(_ call: Call) throws -> Response {
  let body: AddCartPromotionRequest = try call.body()
  let owner = call.cartOwner
  return try call.write { transaction in
    try call.carts.add(body.code, to: owner, in: transaction)
    let cart = try PricedCart.read(owner, at: call.now, in: transaction)
    let verdicts = cart.verdicts(of: body.code)
    guard let first = verdicts.first else { throw CartError.unknownCode }
    guard verdicts.contains(where: \.isApplied) else {
      throw Problem.invalid([
        .init(field: "code", code: first.reason.rawValue, message: first.reason.sentence)
      ])
    }
    return try .created(CartAnswer(cart), at: "/api/v1/cart")
      .tagged(version: cart.contents.version)
  }
}

struct AddCartPromotionRequest: RequestBody {
  let code: String

  init(_ fields: inout Fields) { code = fields.text("code", 3...40, .promotionCode) }
}
