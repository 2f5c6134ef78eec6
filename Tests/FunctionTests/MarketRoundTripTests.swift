import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Testing
import catalog
import shops

/// What each route of shops and catalogue costs on warm connections: Postgres, then Redis.
@Suite struct MarketRoundTripTests {
  private static let expected = [
    "list_shops": "1 1", "create_shop": "4 2", "get_shop": "1 1", "update_shop": "3 1",
    "delete_shop": "2 1", "list_categories": "1 1", "create_category": "4 1",
    "get_category": "1 1", "update_category": "5 1", "delete_category": "4 1",
    "list_products": "1 1", "create_products": "5 1", "search_products": "1 1",
    "suggest_products": "1 1", "get_product": "1 1", "update_product": "4 1",
    "delete_product": "3 1", "list_product_prices": "1 1", "list_reviews": "1 1",
    "create_review": "4 1", "update_review": "3 1", "delete_review": "2 1",
    "moderate_review": "3 1",
  ]

  private final class Walk {
    let market: Market
    private(set) var costs: [String: String] = [:]

    init(_ market: Market) { self.market = market }

    @discardableResult
    func take(
      _ operation: String, _ status: Int, _ method: String, _ path: String, _ token: String? = nil,
      _ body: JSONValue? = nil
    ) -> TestAnswer {
      let function = operation.contains("shop") ? market.shops : market.catalog
      let answer = function.send(method, "/api/v1\(path)", token: token, bytes: body?.bytes)
      #expect(answer.status == status, "\(operation): \(answer)")
      costs[operation] = "\(answer.databaseRoundTrips) \(answer.redisRoundTrips)"
      return answer
    }
  }

  @Test func everyRouteCostsWhatItShould() throws {
    let market = try Market()
    let (ana, admin) = (try market.bazaar.visitor(), try market.bazaar.visitor([.admin]))
    // The first request of a worker connects and fills the marks.
    for function in [market.shops, market.catalog] {
      _ = function.send(
        "DELETE", "/api/v1/\(function === market.shops ? "shops" : "products")/x",
        token: admin.token, bytes: nil)
    }
    let walk = Walk(market)
    let shop =
      walk.take(
        "create_shop", 201, "POST", "/shops", ana.token, ["name": "Shop", "currency": "VND"]
      ).data?.id ?? "?"
    // A token that knows of the new role, as the next refresh brings.
    let seller = try market.bazaar.session(of: ana.user, roles: ["customer", "seller"])
    market.stack.clock.advance(by: .seconds(1))
    walk.take("list_shops", 200, "GET", "/shops")
    walk.take("get_shop", 200, "GET", "/shops/\(shop)")
    walk.take("update_shop", 200, "PUT", "/shops/\(shop)", admin.token, ["name": "Other"])
    try walkThroughCategories(walk, admin)
    try walkThroughProducts(walk, Seller(visitor: seller, shop: shop), admin)
    walk.take("delete_shop", 204, "DELETE", "/shops/\(shop)", admin.token)
    let shopRoutes = shops.routes.map(\.spec).filter { !$0.path.contains("promotions") }
    let operations = (shopRoutes + catalog.routes.map(\.spec)).map(\.operation)
    #expect(Set(operations).subtracting(Self.expected.keys) == [])
    for (operation, cost) in Self.expected.sorted(by: { $0.key < $1.key }) {
      #expect(walk.costs[operation] == cost, "\(operation)")
    }
  }

  private func walkThroughCategories(_ walk: Walk, _ admin: Visitor) throws {
    let category =
      walk.take(
        "create_category", 201, "POST", "/categories", admin.token, ["name": "Toys"]
      ).data?.id ?? "?"
    walk.take("list_categories", 200, "GET", "/categories")
    walk.take("get_category", 200, "GET", "/categories/toys")
    walk.take(
      "update_category", 200, "PUT", "/categories/\(category)", admin.token, ["name": "Games"])
    walk.take("delete_category", 204, "DELETE", "/categories/\(category)", admin.token)
  }

  private func walkThroughProducts(_ walk: Walk, _ seller: Seller, _ admin: Visitor) throws {
    let product =
      walk.take(
        "create_products", 201, "POST", "/products", admin.token, seller.product(["stock": 3])
      ).data?.id ?? "?"
    let path = "/products/\(product)"
    walk.take("list_products", 200, "GET", "/products?page=1")
    walk.take(
      "list_products", 200, "GET", "/products?shop_id=\(seller.shop)&status=all", admin.token)
    walk.take("list_products", 200, "GET", "/products?q=ao")
    walk.take("search_products", 200, "GET", "/products/search?q=ao&shop_id=\(seller.shop)")
    walk.take("suggest_products", 200, "GET", "/products/suggest?q=ao")
    walk.take("get_product", 200, "GET", path)
    walk.take("update_product", 200, "PUT", path, admin.token, ["name": "Next"])
    walk.take("list_product_prices", 200, "GET", "\(path)/prices", admin.token)
    let buyer = try walk.market.bazaar.visitor()
    try walk.market.deliver(product, to: buyer)
    let review =
      walk.take(
        "create_review", 201, "POST", "\(path)/reviews", buyer.token, ["rating": 5]
      ).data?.id ?? "?"
    walk.take("list_reviews", 200, "GET", "\(path)/reviews")
    walk.take("update_review", 200, "PUT", "/reviews/\(review)", buyer.token, ["rating": 4])
    walk.take(
      "moderate_review", 200, "PUT", "/admin/reviews/\(review)", admin.token, ["status": "hidden"])
    walk.take("delete_review", 204, "DELETE", "/reviews/\(review)", buyer.token)
    walk.take("delete_product", 204, "DELETE", path, admin.token)
  }
}
