import Core
import HTTP
import JSON
import KitTesting
import Orders
import Payments
import Postgres
import Testing
import orders

private let orderRoutes = orders.routes

extension Bazaar {
  static func orders(on stack: TestStack) throws -> TestFunction {
    try stack.function("orders", orderRoutes, own: Providers.self)
  }
}

/// A shop with something to sell, somebody who orders there, and somebody who delivers.
struct OrderScene {
  let bazaar: Bazaar
  let orders: TestFunction
  let seller: Visitor
  let shop: ShopID
  let goods: Goods
  let ana: Visitor
  let address: String

  init(pieces: [Int] = [10], price: Int = 1000, on stack: TestStack? = nil) throws {
    bazaar = try stack.map { try Bazaar(on: $0) } ?? Bazaar()
    orders = try Bazaar.orders(on: bazaar.stack)
    seller = try bazaar.visitor([.seller])
    shop = try bazaar.shop(of: seller)
    goods = try bazaar.goods(pieces, in: shop, price: price)
    ana = try bazaar.visitor()
    address = try bazaar.address(of: ana)
  }

  func send(
    _ method: String, _ path: String, _ json: JSONValue? = nil, as visitor: Visitor? = nil,
    headers: [(Field, String)] = []
  ) -> TestAnswer {
    orders.send(
      method, "/api/v1\(path)", token: (visitor ?? ana).token, bytes: json?.bytes,
      headers: headers)
  }

  func wish(_ quantity: Int = 1, of variant: String? = nil) -> JSONValue {
    ["variant_id": .string(variant ?? goods.variant), "quantity": .integer(Int64(quantity))]
  }

  /// An order of these items with anything about it changed.
  func order(_ items: [JSONValue]?, _ members: JSONValue = [:]) -> JSONValue {
    var order = JSONObject()
    order["items"] = items.map { .array($0) }
    order["address_id"] = .string(address)
    order["payment"] = ["provider": "sandbox", "method": "approve"]
    for (key, value) in members.object?.members ?? [] {
      order[key] = value == .null ? nil : value
    }
    return .object(order)
  }

  func place(
    _ items: [JSONValue]? = nil, _ members: JSONValue = [:], as visitor: Visitor? = nil,
    headers: [(Field, String)] = []
  ) -> TestAnswer {
    send(
      "POST", "/orders", order(items ?? [wish()], members), as: visitor, headers: headers)
  }

  func placed(_ items: [JSONValue]? = nil, _ members: JSONValue = [:]) throws -> OrderID {
    let answer = place(items, members)
    try #require(answer.status == 201, "\(answer)")
    return try #require(OrderID(answer.data?.id ?? ""))
  }

  /// Puts into the cart by hand.
  func fillCart(_ quantity: Int, of variant: VariantID? = nil) throws {
    let look = bazaar.stack.look()
    let cart = IDSource().uuid()
    try look.execute(
      """
      INSERT INTO cart.carts (id, user_id, created_at, updated_at)
      VALUES (\(cart), \(ana.user), now(), now()) ON CONFLICT DO NOTHING
      """)
    try look.execute(
      """
      INSERT INTO cart.items (id, cart_id, variant_id, product_id, shop_id, quantity, added_name,
                              added_price, added_currency, added_at)
      SELECT \(IDSource().uuid()), c.id, s.variant_id, s.product_id, s.shop_id, \(quantity),
             s.product_name, s.price, s.currency, now()
      FROM cart.carts AS c, catalog_api.sellable AS s
      WHERE c.user_id = \(ana.user) AND s.variant_id = \(variant ?? goods.variants[0])
      """)
  }

  var book: OrderBook {
    OrderBook(ids: IDSource(clock: bazaar.stack.clock.clock), trace: nil)
  }

  /// What the checkout does at its end, without stock and money. Returns the parcels.
  @discardableResult
  func confirm(_ order: OrderID, isPaid: Bool = true) throws -> [String] {
    try bazaar.stack.look().transaction { transaction in
      let (locked, items) = try book.lockWhole(order, in: transaction)
      try book.confirm(locked, items, isPaid: isPaid, in: transaction)
    }
    return get(order).data?["parcels"]?.array?.compactMap { $0["id"]?.string } ?? []
  }

  func get(_ order: OrderID, as visitor: Visitor? = nil) -> TestAnswer {
    send("GET", "/orders/\(order)", as: visitor)
  }

  func status(_ order: OrderID) -> String { get(order).data?["status"]?.string ?? "?" }

  func update(_ parcel: String, _ json: JSONValue, as visitor: Visitor? = nil) -> TestAnswer {
    send("PUT", "/parcels/\(parcel)", json, as: visitor ?? seller)
  }

  func money(_ amount: Int64, _ currency: String = "USD") -> JSONValue {
    ["amount": .integer(amount), "currency": .string(currency)]
  }

  /// Types of the events written for the order, in order.
  func events(_ order: OrderID) throws -> [String] {
    try bazaar.stack.look().query(
      """
      SELECT e.type FROM outbox.events AS e WHERE e.aggregate_id = \(order) ORDER BY e.sequence
      """
    ) { row in try row.next() }
  }

  func count(_ sql: SQL) throws -> Int {
    try bazaar.stack.look().first(sql) { row in try row.next() } ?? 0
  }
}
