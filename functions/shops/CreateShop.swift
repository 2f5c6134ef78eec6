import Core
import HTTP
import Middleware
import Shops

@Sendable func createShop(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: CreateShopRequest = try call.body()
  return try call.write { transaction in
    let shop = try call.shopkeeping.openShop(body.details, of: caller.user, in: transaction)
    return try .created(shop, at: "/api/v1/shops/\(shop.id)").tagged(version: shop.version)
  }
}

struct CreateShopRequest: RequestBody {
  let details: ShopDetails

  init(_ fields: inout Fields) {
    let currency = fields.text("currency", 3...3, .currency)
    details = ShopDetails(
      name: fields.text("name", 1...100, .line), currency: Currency(rawValue: currency) ?? .none,
      description: fields.optionalText("description", 0...5000, .prose),
      avatarUrl: fields.optionalText("avatar_url", 8...2048, .webAddress),
      bannerUrl: fields.optionalText("banner_url", 8...2048, .webAddress),
      phone: fields.optionalText("phone", 6...20, .phone),
      email: fields.optionalText("email", 3...254, .email))
  }
}
