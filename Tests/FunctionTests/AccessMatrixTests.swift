import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Testing
import auth
import cart
import catalog
import inventory
import notifications
import ops
import orders
import payments
import shops
import users
import webhooks

private let tables: [(String, [Route])] = [
  ("auth", auth.routes), ("users", users.routes), ("shops", shops.routes),
  ("catalog", catalog.routes), ("inventory", inventory.routes), ("cart", cart.routes),
  ("orders", orders.routes), ("payments", payments.routes), ("webhooks", webhooks.routes),
  ("notifications", notifications.routes), ("ops", ops.routes),
]

/// Made from the route tables, so that no route can be forgotten.
@Suite struct AccessMatrixTests {
  enum Caller: String, CaseIterable {
    case anonymous, customer, otherCustomer, seller, otherSeller, shipper, admin

    var roles: [Role] {
      switch self {
      case .seller, .otherSeller: [.seller]
      case .shipper: [.shipper]
      case .admin: [.admin]
      case .anonymous, .customer, .otherCustomer: []
      }
    }

    func has(_ access: RouteSpec.Access) -> Bool {
      switch access {
      case .public, .guest: true
      case .user: self != .anonymous
      case .seller: roles.contains(.seller) || self == .admin
      case .shipper: self == .shipper
      case .admin: self == .admin
      case .local: false
      }
    }
  }

  /// Ana owns the account and the addresses that the paths name, the seller the shop and its goods;
  /// each request comes with a session of its own.
  private struct Scene {
    let bazaar: Bazaar
    let ana: Visitor
    let address: String
    private let functions: [String: TestFunction]
    /// What the parts of a path in braces name, by the part before them or by themselves.
    private let names: [Substring: String]
    private let visitors: [Caller: Visitor]

    init() throws {
      bazaar = try Bazaar()
      ana = try bazaar.visitor()
      address = try bazaar.address(of: ana)
      let market = try Market(on: bazaar)
      functions = [
        "auth": bazaar.auth, "users": bazaar.users, "ops": try Bazaar.ops(on: bazaar.stack),
        "shops": market.shops, "catalog": market.catalog,
        "inventory": try Bazaar.inventory(on: bazaar.stack),
        "cart": try Bazaar.cart(on: bazaar.stack),
        "orders": try Bazaar.orders(on: bazaar.stack),
        "payments": try Bazaar.payments(on: bazaar.stack),
        "webhooks": try Bazaar.webhooks(on: bazaar.stack),
        "notifications": try Bazaar.notifications(on: bazaar.stack),
      ]
      let seller = try bazaar.visitor([.seller])
      let shop = try bazaar.shop(of: seller)
      let goods = try bazaar.goods(in: shop)
      let order = try bazaar.deliveredOrder(of: ana, goods, from: shop)
      let (payment, method) = try bazaar.payment(of: ana, for: order.id)
      names = [
        "sessions": ana.session.description, "addresses": address, "shops": shop.description,
        "products": goods.id, "items": goods.id, "{product_id}": goods.id, "{code}": "SPRING",
        "{promo_id}": "prm_00000000000000000000000000", "orders": order.id,
        "payments": payment, "payment-methods": method, "{order_id}": order.id,
        "{provider}": "sandbox",
        "parcels": order.parcel, "{parcel_id}": order.parcel, "returns": order.return,
        "notifications": try bazaar.told(ana),
      ]
      var visitors: [Caller: Visitor] = [.customer: ana, .seller: seller]
      for caller in [Caller.otherCustomer, .otherSeller, .shipper, .admin] {
        visitors[caller] = try bazaar.visitor(caller.roles)
      }
      self.visitors = visitors
    }

    func token(_ caller: Caller) throws -> String? {
      // Past the moment up to which logging out everywhere refused tokens.
      bazaar.stack.clock.advance(by: .milliseconds(2))
      return try visitors[caller].map {
        try bazaar.session(of: $0.user, roles: ([.customer] + caller.roles).map(\.rawValue)).token
      }
    }

    func function(_ name: String) throws -> TestFunction { try #require(functions[name]) }

    func path(_ pattern: String) -> String {
      var before: Substring = ""
      var path = ""
      for part in pattern.split(separator: "/") {
        let isNamed = part.hasPrefix("{")
        path += "/" + (isNamed ? names[part] ?? names[before] ?? ana.id : String(part))
        before = part
      }
      return path
    }
  }

  @Test(arguments: Caller.allCases)
  func everyRouteRefusesWhoMustNot(_ caller: Caller) throws {
    let scene = try Scene()
    let all = tables.flatMap { name, routes in routes.map { (name, $0) } }
    // What deletes comes last, so that the others find what the paths name.
    let ordered =
      all.filter { $0.1.spec.method != "DELETE" }
      + all.filter { $0.1.spec.method == "DELETE" }
    #expect(ordered.count > 90)
    for (name, route) in ordered {
      for path in route.paths {
        let answer = try scene.function(name).send(
          route.spec.method, scene.path(path), token: try scene.token(caller), body: "{}")
        expect(answer, route.spec, caller)
      }
    }
  }

  private func expect(_ answer: TestAnswer, _ route: RouteSpec, _ caller: Caller) {
    let comment: Comment = "\(caller) \(route.method) \(route.path): \(answer)"
    #expect(answer.status < 500, comment)
    if route.access == .local {
      #expect(answer.isProblem(404, "not_found"), comment)
    } else if caller == .anonymous, ![.public, .guest].contains(route.access) {
      #expect(answer.isProblem(401, "missing_token"), comment)
      #expect(answer.header("WWW-Authenticate") != nil, comment)
      #expect(answer.databaseRoundTrips == 0, comment)
    } else if !caller.has(route.access) {
      #expect(answer.isProblem(403, "role_required"), comment)
    } else {
      #expect(answer.status != 401 && answer.status != 403, comment)
    }
    // Of a shop its own seller reaches everything, another one nothing.
    if route.access == .seller, route.path.contains("{") {
      if caller == .otherSeller { #expect([404, 422, 428].contains(answer.status), comment) }
      if caller == .seller, !route.path.contains("{promo_id}"), route.method != "DELETE" {
        #expect(answer.status != 404, comment)
      }
    }
    // What is Ana's is for nobody else, administrators among them.
    let isOwned = ["/addresses/", "/sessions/", "/payment-methods/", "/notifications/{"].contains {
      route.path.contains($0)
    }
    if route.path.hasPrefix("/api/v1/orders/{id}"), caller != .anonymous,
      route.operation != "request_return"
    {
      let mayRead = caller == .customer || caller == .admin
      #expect((answer.status == 404) == !mayRead, comment)
    }
    if ["get_payment", "get_order_payment", "confirm_payment"].contains(route.operation),
      caller != .anonymous
    {
      let mayRead = caller == .customer || caller == .admin
      #expect((answer.status == 404) == !mayRead, comment)
    }
    if route.path.hasPrefix("/api/v1/returns/{id}"), route.method == "GET" {
      let mayRead = [.customer, .seller, .admin].contains(caller)
      #expect(caller == .anonymous || (answer.status == 200) == mayRead, comment)
    }
    if isOwned, caller != .customer, caller.has(route.access) {
      #expect(answer.isProblem(404, "not_found"), comment)
    }
  }

  /// The control: Ana herself does get what is hers.
  @Test func theOwnerMay() throws {
    let scene = try Scene()
    let token = try scene.token(.customer)
    let paths = [
      "/api/v1/users/me", "/api/v1/users/{id}", "/api/v1/users/addresses",
      "/api/v1/users/addresses/{id}",
    ]
    for path in paths {
      #expect(scene.bazaar.users.send("GET", scene.path(path), token: token).status == 200)
    }
    let ended = scene.bazaar.auth.send(
      "DELETE", scene.path("/api/v1/auth/sessions/{id}"), token: token)
    #expect(ended.status == 204)
  }

  /// A role that the token claims and the account has lost is no role, and the other way round.
  @Test func theTokenIsNotBelievedAgainstTheRow() throws {
    let scene = try Scene()
    let bazaar = scene.bazaar
    // A worker that has just started asks the row.
    let claims = try bazaar.session(of: scene.ana.user, roles: ["customer", "admin"])
    let fresh = try Bazaar.users(on: bazaar.stack)
    #expect(
      fresh.send("GET", "/api/v1/admin/users", token: claims.token)
        .isProblem(403, "role_required"))
  }
}
