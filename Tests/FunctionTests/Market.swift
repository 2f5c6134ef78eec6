import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing
import catalog
import shops

private let shopsRoutes = shops.routes
private let catalogRoutes = catalog.routes

/// Shops and their catalogue on one stack, and who sells there.
struct Market {
  let bazaar: Bazaar
  let shops: TestFunction
  let catalog: TestFunction

  init() throws { try self.init(on: Bazaar()) }

  init(on bazaar: Bazaar) throws {
    self.bazaar = bazaar
    shops = try Self.shops(on: bazaar.stack)
    catalog = try Self.catalog(on: bazaar.stack)
  }

  /// For tests that look at nothing but what they made themselves.
  static func shared() throws -> Market { try Market(on: Bazaar.shared()) }

  static func shops(on stack: TestStack) throws -> TestFunction {
    try stack.function("shops", shopsRoutes)
  }

  static func catalog(on stack: TestStack) throws -> TestFunction {
    try stack.function("catalog", catalogRoutes)
  }

  var stack: TestStack { bazaar.stack }

  /// Somebody with a shop, who is a seller by that.
  func seller(_ name: String = "Nhà Xanh", currency: String = "VND") throws -> Seller {
    let visitor = try bazaar.visitor(name: "Linh Tran")
    return Seller(visitor: visitor, shop: try openShop(visitor.token, name, currency))
  }

  func openShop(_ token: String, _ name: String, _ currency: String = "VND") throws -> String {
    let answer = shops.send(
      "POST", "/api/v1/shops", token: token,
      json: ["name": .string(name), "currency": .string(currency)])
    try #require(answer.status == 201, "\(answer)")
    return try #require(answer.data?["id"]?.string)
  }

  func category(_ name: String, below parent: String? = nil, _ admin: Visitor) throws -> String {
    let answer = catalog.send(
      "POST", "/api/v1/categories", token: admin.token,
      json: ["name": .string(name), "parent_id": parent.map { .string($0) } ?? .null])
    try #require(answer.status == 201, "\(answer)")
    return try #require(answer.data?["id"]?.string)
  }

  /// Posts a product of the seller's shop with these members beside name and price.
  func post(_ seller: Seller, _ members: JSONValue = [:]) -> TestAnswer {
    catalog.send(
      "POST", "/api/v1/products", token: seller.visitor.token, json: seller.product(members))
  }

  /// Creates a product and returns it as it was answered.
  @discardableResult
  func product(_ seller: Seller, _ members: JSONValue = [:]) throws -> JSONValue {
    let answer = post(seller, members)
    try #require(answer.status == 201, "\(answer)")
    return try #require(answer.data)
  }

  func get(_ path: String, _ token: String? = nil) -> TestAnswer {
    catalog.send("GET", "/api/v1\(path)", token: token, bytes: nil)
  }

  /// What orders will tell of.
  func deliver(_ product: String, to visitor: Visitor) throws {
    let id = try #require(ProductID(product))
    try stack.look().execute(
      "SELECT catalog_api.delivered(\(visitor.user), \(id), gen_random_uuid())")
  }
}

struct Seller {
  let visitor: Visitor
  let shop: String

  var token: String { visitor.token }

  func product(_ members: JSONValue = [:]) -> JSONValue {
    var product: JSONObject = JSONObject()
    product["shop_id"] = .string(shop)
    product["name"] = "Áo thun"
    product["price"] = ["amount": 150_000, "currency": "VND"]
    for (key, value) in members.object?.members ?? [] {
      product[key] = value == .null ? nil : value
    }
    return .object(product)
  }
}

extension JSONValue {
  /// The id in an answer.
  var id: String { self["id"]?.string ?? "?" }
}

extension TestAnswer {
  /// One member of each item of a list.
  func each(_ name: String) -> [String] {
    (data?.array ?? []).map { $0[name]?.string ?? "?" }
  }

  var total: Int? { json["meta"]?["total"]?.integer.map { Int($0) } }
}
