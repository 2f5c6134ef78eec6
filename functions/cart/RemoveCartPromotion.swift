import Cart
import HTTP
import Middleware

@Sendable func removeCartPromotion(_ call: Call) throws -> Response {
  let code = call.pathText()
  guard (3...40).contains(code.utf8.count) else { throw CartError.noSuchCode }
  return try call.write { transaction in
    try call.carts.remove(
      code, from: call.cartOwner, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
