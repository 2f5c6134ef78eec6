import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Testing
import cart
import inventory
import shops

private let operations =
  (inventory.routes + cart.routes).map(\.spec.operation)
  + shops.routes.map(\.spec.operation).filter { $0.contains("promotion") }

/// What stock, carts and promotions cost on warm connections, as in `RoundTripTests`.
@Suite struct SellingRoundTripTests {
  /// Postgres, then Redis.
  private static let expected = [
    "get_inventory": "1 1", "adjust_stock": "4 1", "list_movements": "1 1",
    "check_availability": "1 1", "list_low_stock": "1 1", "get_cart": "1 1", "clear_cart": "2 1",
    "add_cart_item": "3 1", "update_cart_item": "3 1", "remove_cart_item": "2 1",
    "add_cart_promotion": "3 1", "remove_cart_promotion": "3 1", "list_promotions": "1 1",
    "create_promotion": "2 1", "get_promotion": "1 1", "update_promotion": "4 1",
    "delete_promotion": "2 1",
  ]

  private final class Walk {
    private(set) var costs: [String: String] = [:]

    @discardableResult
    func take(
      _ operation: String, _ status: Int, _ function: TestFunction, _ method: String,
      _ path: String, _ token: String? = nil, _ body: JSONValue? = nil,
      headers: [(Field, String)] = []
    ) -> TestAnswer {
      let answer = function.send(
        method, "/api/v1" + path, token: token, bytes: body?.bytes, headers: headers)
      #expect(answer.status == status, "\(operation): \(answer)")
      #expect(costs[operation] == nil, "\(operation) twice")
      costs[operation] = "\(answer.databaseRoundTrips) \(answer.redisRoundTrips)"
      return answer
    }
  }

  @Test func everyRouteCostsWhatItShould() throws {
    let walk = Walk()
    let scene = try CartScene()
    try walkThroughStock(walk, scene)
    try walkThroughPromotions(walk, scene)
    try walkThroughCart(walk, scene)
    #expect(Set(walk.costs.keys) == Set(operations))
    for (operation, cost) in walk.costs.sorted(by: { $0.key < $1.key }) {
      #expect(cost == Self.expected[operation], "\(operation)")
    }
  }

  private func walkThroughStock(_ walk: Walk, _ scene: CartScene) throws {
    let stock = try Bazaar.inventory(on: scene.bazaar.stack)
    let token = scene.seller.token
    let path = "/inventory/\(scene.goods.id)"
    // The first requests of a worker connect and fill the marks.
    _ = stock.send("GET", "/api/v1\(path)/history", token: token)
    walk.take("get_inventory", 200, stock, "GET", path)
    walk.take(
      "adjust_stock", 200, stock, "PUT", path, token, ["quantity": 4],
      headers: [(.idempotencyKey, "k")])
    walk.take("list_movements", 200, stock, "GET", "\(path)/history?page=1", token)
    walk.take("list_low_stock", 200, stock, "GET", "/shops/\(scene.shop)/low-stock", token)
    walk.take(
      "check_availability", 200, stock, "POST", "/inventory/check-availability", nil,
      ["items": [["product_id": .string(scene.goods.id), "quantity": 1]]])
  }

  private func walkThroughPromotions(_ walk: Walk, _ scene: CartScene) throws {
    let shops = try Market.shops(on: scene.bazaar.stack)
    let token = scene.seller.token
    let path = "/shops/\(scene.shop)/promotions"
    let now = scene.bazaar.stack.clock.clock.now
    _ = shops.send("GET", "/api/v1\(path)", token: token)
    let made = walk.take(
      "create_promotion", 201, shops, "POST", path, token,
      [
        "name": "Spring", "type": "value", "value": 5, "code": "SPRING",
        "starts_at": .string(now.description), "ends_at": .string((now + .days(1)).description),
        "applies_to": ["product_ids": [.string(scene.goods.id)]],
      ])
    let one = "\(path)/\(made.data?["id"]?.string ?? "?")"
    walk.take("get_promotion", 200, shops, "GET", one, token)
    walk.take("list_promotions", 200, shops, "GET", "\(path)?page=1", token)
    walk.take("update_promotion", 200, shops, "PUT", one, token, ["name": "Summer"])
    walk.take("delete_promotion", 204, shops, "DELETE", one, token)
  }

  private func walkThroughCart(_ walk: Walk, _ scene: CartScene) throws {
    let (cart, token) = (scene.cart, scene.ana.token)
    try scene.promotion(5, code: "SPRING")
    _ = scene.get()
    let item = "/cart/items/\(scene.goods.id)"
    walk.take(
      "add_cart_item", 201, cart, "POST", "/cart/items", token,
      ["product_id": .string(scene.goods.id), "quantity": 1])
    walk.take("update_cart_item", 200, cart, "PUT", item, token, ["quantity": 2])
    walk.take(
      "add_cart_promotion", 201, cart, "POST", "/cart/promotions", token, ["code": "SPRING"])
    walk.take("get_cart", 200, cart, "GET", "/cart", token)
    walk.take("remove_cart_promotion", 204, cart, "DELETE", "/cart/promotions/SPRING", token)
    walk.take("remove_cart_item", 204, cart, "DELETE", item, token)
    walk.take("clear_cart", 204, cart, "DELETE", "/cart", token)
  }
}
