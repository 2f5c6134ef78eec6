import Core
import HTTP
import Middleware
import Shops

@Sendable func getShop(_ call: Call) throws -> Response {
  let shop = try Shopkeeping.shop(
    try call.id(ShopKind.self), for: call.caller, in: call.database)
  return try .data(shop).tagged(version: shop.version)
}
