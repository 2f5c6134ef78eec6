import Core
import HTTP
import Middleware
import Promotions

@Sendable func deletePromotion(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let shop = try call.id(ShopKind.self)
  let id = try call.id(PromotionKind.self, at: 1)
  return try call.write { transaction in
    try call.campaigns.delete(
      id, in: shop, by: caller.asShopManager, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
