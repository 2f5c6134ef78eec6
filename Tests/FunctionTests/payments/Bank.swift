import Core
import HTTP
import HTTPClient
import JSON
import KitTesting
import Payments
import Postgres
import Testing
import payments
import webhooks

private let paymentRoutes = payments.routes
private let webhookRoutes = webhooks.routes

extension Bazaar {
  static func payments(on stack: TestStack) throws -> TestFunction {
    try stack.function("payments", paymentRoutes, own: Providers.self)
  }

  static func webhooks(on stack: TestStack) throws -> TestFunction {
    try stack.function("webhooks", webhookRoutes, own: Providers.self)
  }

  /// A payment that was made for an order, and a saved method, by hand.
  func payment(of buyer: Visitor, for order: String) throws -> (payment: String, method: String) {
    let (payment, method): (PaymentID, PaymentMethodID) = (IDSource().id(), IDSource().id())
    let order = try #require(OrderID(order))
    let database = stack.look()
    try database.execute(
      """
      INSERT INTO payments.payments (id, order_id, customer_id, provider, status, currency, amount,
        captured, expires_at, created_at, updated_at)
      SELECT \(payment), o.id, \(buyer.user), 'sandbox', 'captured', o.currency, o.total, o.total,
             now(), now(), now()
      FROM orders_api.orders AS o WHERE o.id = \(order)
      """)
    try database.execute(
      """
      INSERT INTO payments.methods
        (id, user_id, provider, token, is_default, created_at, updated_at)
      VALUES (\(method), \(buyer.user), 'sandbox', 't', true, now(), now())
      """)
    return (payment.description, method.description)
  }
}

/// Payments and their providers' calls on one stack, and orders to pay.
struct Bank {
  static let environment = [
    "SOUK_SANDBOX_SECRETS": "sandbox-secret-1", "SOUK_MOMO_SECRETS": "momo-secret-1",
    "SOUK_MOMO_PARTNER": "MOMO", "SOUK_MOMO_ACCESS_KEY": "key",
    "SOUK_STRIPE_KEY": "sk_test", "SOUK_STRIPE_WEBHOOK_SECRETS": "whsec_secret_1",
  ]

  let bazaar: Bazaar
  let payments: TestFunction
  let webhooks: TestFunction
  let ana: Visitor

  init(_ extra: [String: String] = [:]) throws {
    bazaar = try Bazaar(environment: Self.environment.merging(extra) { $1 })
    payments = try Bazaar.payments(on: bazaar.stack)
    webhooks = try Bazaar.webhooks(on: bazaar.stack)
    ana = try bazaar.visitor()
  }

  var now: Timestamp { bazaar.stack.clock.clock.now }
  var cashier: Cashier { Cashier(ids: IDSource(clock: bazaar.stack.clock.clock), trace: nil) }
  func scheduler() -> Database { bazaar.stack.database.database(role: "souk_scheduler") }

  /// What the scheduled function asks providers with.
  var tools: ProviderTools {
    ProviderTools(
      http: HTTPClient(timeout: .seconds(5)), database: scheduler(),
      ids: IDSource(clock: bazaar.stack.clock.clock))
  }

  /// An order as its checkout left it.
  func order(_ status: String = "awaiting_payment", _ total: Int = 1000, of buyer: Visitor? = nil)
    throws -> OrderID
  {
    let order: OrderID = IDSource().id()
    try bazaar.stack.look().execute(
      """
      INSERT INTO orders.orders (id, customer_id, hold_id, status, currency, subtotal, discount,
        shipping, address, payment_provider, from_cart, placed_at, expires_at, cancelled_at)
      VALUES (\(order), \((buyer ?? ana).user), \(order), \(status), 'USD', \(total), 0, 0, '{}',
              'sandbox', false, \(now), \(now + .minutes(30)), \(now))
      """)
    return order
  }

  /// A shop's part of it.
  func parcel(of order: OrderID, from shop: ShopID, _ amount: Int) throws -> String {
    let parcel: ParcelID = IDSource().id()
    try bazaar.stack.look().execute(
      """
      INSERT INTO orders.parcels (id, order_id, shop_id, currency, amount, created_at, updated_at)
      VALUES (\(parcel), \(order), \(shop), 'USD', \(amount), now(), now())
      """)
    return parcel.description
  }

  /// What the checkout does.
  @discardableResult
  func request(
    _ order: OrderID, _ provider: String, _ method: String? = nil, _ amount: Int = 1000,
    currency: Currency = Bank.dollar
  ) throws -> PaymentStanding {
    try scheduler().transaction {
      try cashier.request(
        PaymentRequest(
          order: order, customer: ana.user, amount: Money(amount, currency),
          provider: provider, method: method, savedMethod: nil, expiresAt: now + .minutes(30)),
        in: $0)
    }
  }

  static let dollar = Currency(rawValue: "USD") ?? .none

  func send(
    _ method: String, _ path: String, _ json: JSONValue? = nil, as visitor: Visitor? = nil,
    key: String? = nil
  ) -> TestAnswer {
    payments.send(
      method, "/api/v1\(path)", token: (visitor ?? ana).token, bytes: json?.bytes,
      headers: key.map { [(.idempotencyKey, $0)] } ?? [])
  }

  func payment(_ order: OrderID) -> JSONValue? {
    send("GET", "/payments/order/\(order)").data
  }

  func count(_ sql: SQL) throws -> Int {
    try bazaar.stack.look().first(sql) { row in try row.next() } ?? -1
  }
}

extension JSONValue? {
  /// The id in an answer.
  var id: String { self["id"].string ?? "?" }
}

extension ProviderDesk {
  /// The same of whichever provider has something due.
  func askOne(with tools: ProviderTools) throws -> Bool {
    try ProviderName.outside.contains { try askOne(of: $0, with: tools) }
  }
}
