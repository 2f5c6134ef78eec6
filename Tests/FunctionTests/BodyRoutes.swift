import Core
import HTTP
import JSON
import KitTesting
import Testing

/// A route that takes a body, and one that it takes.
struct BodyRoute: CustomStringConvertible, Sendable {
  let method: String
  let path: String
  /// Nil where nobody need be signed in.
  let roles: [Role]?
  let body: JSONValue
  /// Fields that hold anything of the sender's making, as texts.
  let texts: [String]

  init(
    _ method: String, _ path: String, _ roles: [Role]?, _ body: JSONValue, texts: [String] = []
  ) {
    self.method = method
    self.path = path
    self.roles = roles
    self.body = body
    self.texts = texts
  }

  var isAuth: Bool { path.hasPrefix("/api/v1/auth") }
  var hashes: Bool { texts.contains { $0.hasSuffix("password") } }
  var description: String { "\(method) \(path)" }

  func with(_ field: String, _ value: JSONValue?) -> JSONValue {
    guard case .object(var members) = body else { return body }
    members[field] = value
    return .object(members)
  }

  private static let profile: JSONValue = [
    "full_name": "Ana", "phone": "0901234567", "avatar_url": "https://img.example/a.png",
    "birthday": "1990-01-31", "gender": "other",
  ]
  private static let profileTexts = ["full_name", "phone", "avatar_url", "birthday", "gender"]

  private static let address: JSONValue = [
    "recipient": "Ana", "phone": "0901234567", "street": "12 Hang Bac", "ward": "Hang Bac",
    "district": "Hoan Kiem", "city": "Ha Noi", "postcode": "11011", "country": "VN",
    "lat": 21, "long": 105, "is_default": true,
  ]
  private static let addressTexts = [
    "recipient", "phone", "street", "ward", "district", "city", "postcode", "country",
  ]

  private static let shipper: JSONValue = [
    "vehicle_type": "van", "license_plate": "29A-123.45",
    "vehicle_image_url": "https://img.example/v.png",
    "identity_card_url": "https://img.example/c.png",
  ]
  private static let shipperTexts = [
    "vehicle_type", "license_plate", "vehicle_image_url", "identity_card_url",
  ]

  /// `{ana}` and `{address}` stand for what a scene puts there.
  static let all = selling + paying + accounts

  private static let accounts = [
    BodyRoute(
      "POST", "/api/v1/auth/register", nil,
      [
        "email": "new@example.com", "password": "Lantern-7-courtyard", "full_name": "New",
        "phone": "0901234567", "username": "new.user",
      ], texts: ["email", "password", "full_name", "phone", "username"]),
    BodyRoute(
      "POST", "/api/v1/auth/login", nil,
      ["email": "ana@example.com", "password": "Lantern-7-courtyard"],
      texts: ["email", "password", "login"]),
    BodyRoute(
      "POST", "/api/v1/auth/refresh", nil, ["refresh_token": "x"], texts: ["refresh_token"]),
    BodyRoute(
      "POST", "/api/v1/auth/change-password", [],
      ["current_password": "Lantern-7-courtyard", "new_password": "Quartz-8-umbrella"],
      texts: ["current_password", "new_password"]),
    BodyRoute(
      "POST", "/api/v1/auth/forgot-password", nil, ["email": "ana@example.com"], texts: ["email"]),
    BodyRoute(
      "POST", "/api/v1/auth/reset-password", nil,
      ["token": "x", "new_password": "Quartz-8-umbrella"], texts: ["token", "new_password"]),
    BodyRoute("POST", "/api/v1/auth/verify-email", nil, ["token": "x"], texts: ["token"]),
    BodyRoute("PUT", "/api/v1/users/profile", [], profile, texts: profileTexts),
    BodyRoute("PUT", "/api/v1/users/me", [], profile, texts: profileTexts),
    BodyRoute("POST", "/api/v1/users/profile", [], profile, texts: profileTexts),
    BodyRoute(
      "DELETE", "/api/v1/users", [], ["password": "Lantern-7-courtyard"], texts: ["password"]),
    BodyRoute("POST", "/api/v1/users/addresses", [], address, texts: addressTexts),
    BodyRoute("PUT", "/api/v1/users/addresses/{address}", [], address, texts: addressTexts),
    BodyRoute("POST", "/api/v1/users/shippers/register", [], shipper, texts: shipperTexts),
    BodyRoute("PUT", "/api/v1/users/shippers/profile", [.shipper], shipper, texts: shipperTexts),
    BodyRoute(
      "PUT", "/api/v1/admin/users/{ana}/role", [.admin], ["role": "seller", "reason": "why"],
      texts: ["role", "reason"]),
    BodyRoute(
      "PUT", "/api/v1/admin/users/{ana}/status", [.admin],
      ["status": "disabled", "reason": "why"], texts: ["status", "reason"]),
  ]
}

/// Somebody with everything the routes above may change.
struct BodyScene {
  let bazaar: Bazaar
  let ana: Visitor
  let address: String
  private let shipper: Visitor
  private let admin: Visitor
  private let seller: Visitor
  /// What the parts of a path in braces stand for.
  private let names: [Substring: String]
  private let inventory: TestFunction
  private let cart: TestFunction
  private let shops: TestFunction
  private let orders: TestFunction
  private let payments: TestFunction
  private let notifications: TestFunction

  init() throws {
    bazaar = try Bazaar()
    ana = try bazaar.visitor()
    address = try bazaar.address(of: ana)
    shipper = try bazaar.visitor()
    try bazaar.vehicle(of: shipper)
    admin = try bazaar.visitor([.admin])
    seller = try bazaar.visitor([.seller])
    inventory = try Bazaar.inventory(on: bazaar.stack)
    cart = try Bazaar.cart(on: bazaar.stack)
    shops = try Market.shops(on: bazaar.stack)
    orders = try Bazaar.orders(on: bazaar.stack)
    payments = try Bazaar.payments(on: bazaar.stack)
    notifications = try Bazaar.notifications(on: bazaar.stack)
    let shop = try bazaar.shop(of: seller)
    let goods = try bazaar.goods(in: shop)
    let promotion = shops.send(
      "POST", "/api/v1/shops/\(shop)/promotions", token: seller.token,
      json: BodyRoute.selling[2].body)
    names = [
      "{order}": "ord_00000000000000000000000000", "{parcel}": "pcl_00000000000000000000000000",
      "{return}": "ret_00000000000000000000000000", "{ana}": ana.id, "{address}": address,
      "{payment}": "pay_00000000000000000000000000", "{method}": "pmt_00000000000000000000000000",
      "{shop}": shop.description, "{goods}": goods.id,
      "{promotion}": try #require(promotion.data?["id"]?.string, "\(promotion)"),
    ]
    _ = cart.send(
      "POST", "/api/v1/cart/items", token: ana.token,
      json: ["product_id": .string(goods.id), "quantity": 1])
  }

  func send(_ route: BodyRoute, _ body: JSONValue) -> TestAnswer { send(route, bytes: body.bytes) }

  func send(
    _ route: BodyRoute, bytes: [UInt8]?, type: String = "application/json", length: String? = nil
  ) -> TestAnswer {
    let path = route.path.split(separator: "/").reduce("") { "\($0)/\(names[$1] ?? String($1))" }
    var headers = [(Field.contentType, type)] + (length.map { [(.contentLength, $0)] } ?? [])
    // Needed by some; a new one each time, so that nothing is a repeat.
    let needsKey = ["/inventory/{", "refund", "topups"].contains { route.path.contains($0) }
    if needsKey {
      headers.append((.idempotencyKey, IDSource().uuid().description))
    }
    return function(route).send(
      route.method, path, token: token(route), bytes: bytes, headers: headers)
  }

  private func function(_ route: BodyRoute) -> TestFunction {
    switch route.path.split(separator: "/").dropFirst(2).first {
    case "auth": bazaar.auth
    case "inventory": inventory
    case "cart": cart
    case "shops": shops
    case "orders", "returns", "parcels": orders
    case "payments", "payment-methods", "wallet": payments
    case "notifications": notifications
    default: bazaar.users
    }
  }

  private func token(_ route: BodyRoute) -> String? {
    guard let roles = route.roles else { return nil }
    if roles.contains(.admin) { return admin.token }
    if roles.contains(.seller) { return seller.token }
    return roles.contains(.shipper) ? shipper.token : ana.token
  }
}
