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

/// Somebody who asks for something.
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
struct RouteScene {
  /// All that there is, by function.
  static let routes = tables.flatMap { name, routes in routes.map { (function: name, route: $0) } }

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
    var visitors: [Caller: Visitor] = [.customer: ana, .seller: seller]
    for caller in [Caller.otherCustomer, .otherSeller, .shipper, .admin] {
      visitors[caller] = try bazaar.visitor(caller.roles)
    }
    let shipper = try #require(visitors[.shipper])
    try bazaar.vehicle(of: shipper)
    names = [
      "sessions": ana.session.description, "addresses": address, "shops": shop.description,
      "products": goods.id, "items": goods.id, "{product_id}": goods.id, "{code}": "SPRING",
      "{promo_id}": try Self.promotion(of: seller, in: shop, market), "orders": order.id,
      "payments": payment, "payment-methods": method, "{order_id}": order.id,
      "{provider}": "sandbox",
      "parcels": order.parcel, "{parcel_id}": order.parcel, "returns": order.return,
      "notifications": try bazaar.told(ana), "shippers": shipper.id,
      "sagas": "\(try bazaar.plantSaga())",
    ]
    self.visitors = visitors
  }

  private static func promotion(
    of seller: Visitor, in shop: ShopID, _ market: Market
  ) throws -> String {
    let now = market.stack.clock.clock.now
    let made = market.shops.send(
      "POST", "/api/v1/shops/\(shop)/promotions", token: seller.token,
      json: [
        "name": "Spring", "type": "percentage", "value": 10, "status": "active",
        "starts_at": .string("\(now - .minutes(1))"), "ends_at": .string("\(now + .days(1))"),
      ])
    return try #require(made.data?["id"]?.string, "\(made)")
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
