import Core
import HTTP
import Middleware
import Promotions

@Sendable func getPromotion(_ call: Call) throws -> Response {
  let shop = try call.id(ShopKind.self)
  let id = try call.id(PromotionKind.self, at: 1)
  let reader = PromotionDirectory.Reader(call.caller?.asShopManager, now: call.now)
  let found = try PromotionDirectory.find(id, in: shop, for: reader, in: call.database)
  guard let promotion = found else { throw PromotionError.noSuchPromotion }
  return try .data(promotion).tagged(version: promotion.version)
}
