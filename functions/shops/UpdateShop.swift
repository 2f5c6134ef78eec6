import Core
import HTTP
import Middleware
import Shops

/// What is left out stays as it is; null clears.
@Sendable func updateShop(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ShopKind.self)
  let body: UpdateShopRequest = try call.body()
  return try call.write { transaction in
    let shop = try call.shopkeeping.changeShop(
      id, by: caller, body.changes, check: call.requireMatch, in: transaction)
    return try .data(shop).tagged(version: shop.version)
  }
}

struct UpdateShopRequest: RequestBody {
  /// A shop is archived by DELETE alone.
  enum Status: String, CaseIterable {
    case active, paused, banned
  }

  let changes: ShopChanges

  init(_ fields: inout Fields) {
    let currency = fields.optionalText("currency", 3...3, .currency)
    let status = fields.optionalChoice("status", Status.self)
    changes = ShopChanges(
      name: fields.change("name") { $0.text($1, 1...100, .line) },
      description: fields.change("description") { $0.optionalText($1, 0...5000, .prose) },
      avatarUrl: fields.change("avatar_url") { $0.optionalText($1, 8...2048, .webAddress) },
      bannerUrl: fields.change("banner_url") { $0.optionalText($1, 8...2048, .webAddress) },
      phone: fields.change("phone") { $0.optionalText($1, 6...20, .phone) },
      email: fields.change("email") { $0.optionalText($1, 3...254, .email) },
      currency: currency.flatMap(Currency.init(rawValue:)),
      status: status.flatMap { ShopStatus(rawValue: $0.rawValue) },
      reason: fields.optionalText("reason", 0...500, .prose))
  }
}
