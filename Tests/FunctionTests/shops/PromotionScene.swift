import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

/// A shop whose promotions are made and changed.
struct PromotionScene {
  let bazaar: Bazaar
  let shops: TestFunction
  let seller: Visitor
  let shop: ShopID

  init(_ bazaar: Bazaar? = nil) throws {
    self.bazaar = try bazaar ?? Bazaar()
    shops = try Market.shops(on: self.bazaar.stack)
    seller = try self.bazaar.visitor([.seller])
    shop = try self.bazaar.shop(of: seller)
  }

  var path: String { "/api/v1/shops/\(shop)/promotions" }

  func time(_ offset: Duration) -> JSONValue {
    .string((bazaar.stack.clock.clock.now + offset).description)
  }

  /// A body that is fine, with some of it changed; nil leaves a field out.
  func body(_ changes: [String: JSONValue?] = [:]) -> JSONValue {
    var members: JSONObject = [
      "name": "Spring", "type": "percentage", "value": 10, "starts_at": time(.seconds(-60)),
      "ends_at": time(.days(1)), "status": "active",
    ]
    for (key, value) in changes { members[key] = value }
    return .object(members)
  }

  func post(_ changes: [String: JSONValue?] = [:], as visitor: Visitor? = nil) -> TestAnswer {
    shops.send("POST", path, token: (visitor ?? seller).token, json: body(changes))
  }

  func put(_ id: String, _ body: JSONValue, headers: [(Field, String)] = []) -> TestAnswer {
    shops.send("PUT", "\(path)/\(id)", token: seller.token, json: body, headers: headers)
  }

  func get(_ id: String, as visitor: Visitor? = nil) -> TestAnswer {
    shops.send("GET", "\(path)/\(id)", token: visitor?.token)
  }

  func made(_ changes: [String: JSONValue?] = [:]) throws -> String {
    let answer = post(changes)
    return try #require(answer.data?["id"]?.string, "\(answer)")
  }
}
