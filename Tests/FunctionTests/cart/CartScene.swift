import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing
import cart

private let cartRoutes = cart.routes

extension Bazaar {
  static func cart(on stack: TestStack) throws -> TestFunction {
    try stack.function("cart", cartRoutes)
  }
}

/// A shop, and somebody who buys there.
struct CartScene {
  let bazaar: Bazaar
  let cart: TestFunction
  let seller: Visitor
  let shop: ShopID
  let goods: Goods
  let ana: Visitor

  init(_ bazaar: Bazaar? = nil) throws {
    self.bazaar = try bazaar ?? Bazaar()
    cart = try Bazaar.cart(on: self.bazaar.stack)
    seller = try self.bazaar.visitor([.seller])
    shop = try self.bazaar.shop(of: seller)
    goods = try self.bazaar.goods([10], in: shop)
    ana = try self.bazaar.visitor()
  }

  /// As a user with a token, or as a guest with theirs.
  enum Buyer {
    case user(Visitor)
    case guest(String?)
  }

  func send(
    _ method: String, _ path: String = "", _ json: JSONValue? = nil, as buyer: Buyer? = nil,
    headers: [(Field, String)] = [], from address: String = "192.0.2.1"
  ) -> TestAnswer {
    let path = "/api/v1/cart\(path)"
    switch buyer ?? .user(ana) {
    case .user(let visitor):
      return cart.send(
        method, path, token: visitor.token, bytes: json?.bytes, headers: headers, from: address)
    case .guest(let token):
      let headers = headers + (token.map { [(Field.cartToken, $0)] } ?? [])
      return cart.send(method, path, bytes: json?.bytes, headers: headers, from: address)
    }
  }

  @discardableResult
  func add(_ goods: Goods, _ quantity: Int = 1, as buyer: Buyer? = nil) -> TestAnswer {
    send(
      "POST", "/items",
      ["variant_id": .string(goods.variant), "quantity": .integer(Int64(quantity))], as: buyer)
  }

  func get(as buyer: Buyer? = nil) -> TestAnswer { send("GET", as: buyer) }

  /// The quantities in the cart, in its order.
  func quantities(as buyer: Buyer? = nil) -> [Int64] {
    get(as: buyer).data?["items"]?.array?.compactMap { $0["quantity"]?.integer } ?? []
  }

  /// A guest with something in their cart, by their token.
  func guest(_ goods: Goods? = nil, _ quantity: Int = 1) throws -> String {
    let answer = add(goods ?? self.goods, quantity, as: .guest(nil))
    return try #require(answer.data?["token"]?.string, "\(answer)")
  }

  /// A promotion that takes off an amount, with anything about it changed by a list of settings.
  @discardableResult
  func promotion(
    _ value: Int, type: String = "value", code: String? = nil, _ settings: SQL = "name = 'P'"
  ) throws -> String {
    let id = IDSource().uuid()
    let now = bazaar.stack.clock.clock.now
    try bazaar.stack.look().execute(
      """
      INSERT INTO promotions.promotions
        (id, shop_id, name, type, value, code, starts_at, ends_at, status, stacks, created_at,
         updated_at)
      VALUES (\(id), \(shop), 'P', \(type), \(value), \(code), \(now - .days(1)),
              \(now + .days(1)), 'active', true, \(now), \(now))
      """)
    try bazaar.stack.look().execute(
      "UPDATE promotions.promotions SET \(settings) WHERE id = \(id)")
    return "prm_\(Base32.encode(id).map { String(UnicodeScalar($0)) }.joined())"
  }

  func money(_ amount: Int, _ currency: String = "USD") -> JSONValue {
    ["amount": .integer(Int64(amount)), "currency": .string(currency)]
  }
}
