import Core
import HTTPClient
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// The outside world.
extension Counter {
  static let momoSecret = "K951B6PE1waDMi640xX08PD3vg6EkVlz"
  static let midtransKey = "SB-Mid-server-abc123cde456"
  static let stripeSecret = "whsec_test_secret"
  static let sandboxSecret = "sandbox-secret-1"

  /// All of them at one address, as a test server stands for one at a time.
  static func providers(
    at origin: String = "http://127.0.0.1:9", _ extra: [String: String] = [:]
  ) throws -> Providers {
    let environment = [
      "SOUK_PUBLIC_URL": "https://shop.example", "SOUK_MOMO_URL": origin,
      "SOUK_MOMO_PARTNER": "MOMO", "SOUK_MOMO_ACCESS_KEY": "F8BBA842ECF85",
      "SOUK_MOMO_SECRETS": "the-next-secret, \(momoSecret)", "SOUK_MIDTRANS_URL": origin,
      "SOUK_MIDTRANS_SNAP_URL": origin, "SOUK_MIDTRANS_SERVER_KEYS": midtransKey,
      "SOUK_STRIPE_URL": origin, "SOUK_STRIPE_KEY": "sk_test_1",
      "SOUK_STRIPE_WEBHOOK_SECRETS": "whsec_the_next,\(stripeSecret)",
      "SOUK_SANDBOX_SECRETS": sandboxSecret,
    ].merging(extra) { $1 }
    return try Providers(Environment(environment))
  }

  func tools(timeout: Duration = .seconds(5)) -> ProviderTools {
    ProviderTools(http: HTTPClient(timeout: timeout), database: scheduler(), ids: ids)
  }

  static func desk(_ origin: String) throws -> ProviderDesk {
    ProviderDesk(try providers(at: origin))
  }

  /// A payment that waits, as the desk will find it.
  func pending(
    _ provider: String, _ method: String? = nil, currency: Currency, amount: Int = 150_000
  ) throws -> (order: OrderID, id: PaymentID) {
    let order = order()
    let standing = try request(order, amount, provider, method, currency: currency)
    guard case .pending = standing else { throw Unexpected(standing: "\(standing)") }
    return (order, try id(of: order))
  }

  /// One that was opened there, and then given up.
  func givenUp(
    _ provider: String, _ desk: ProviderDesk, currency: Currency, amount: Int = 150_000
  ) throws -> (order: OrderID, id: PaymentID) {
    let made = try pending(provider, currency: currency, amount: amount)
    #expect(try desk.askOne(with: tools()))
    #expect(try abandon(made.order))
    return made
  }

  /// One that was opened there, and that nobody paid in time.
  func failed(at midtrans: MidtransDouble, _ desk: ProviderDesk) throws -> PaymentID {
    let (_, id) = try pending("midtrans", currency: Self.rupiah)
    #expect(try desk.askOne(with: tools()))
    midtrans.become("expire")
    clock.advance(by: .minutes(1))
    #expect(try desk.askOne(with: tools()))
    #expect(try status(id) == "failed")
    return id
  }

  struct Unexpected: Error { let standing: String }

  func id(of order: OrderID) throws -> PaymentID {
    try #require(
      try database.database().first(
        "SELECT p.id FROM payments.payments AS p WHERE p.order_id = \(order) ORDER BY p.id DESC"
      ) { row in try row.next() })
  }

  func status(_ id: PaymentID) throws -> String? {
    try database.database().first(
      "SELECT p.status FROM payments.payments AS p WHERE p.id = \(id)"
    ) { row in try row.next() }
  }

  func column(_ name: String, of id: PaymentID) throws -> String? {
    try database.database().first(
      "SELECT p.\(unescaped: name)::text FROM payments.payments AS p WHERE p.id = \(id)"
    ) { row in try row.next() as String? } ?? nil
  }

  /// When it is asked about next.
  func due(_ id: PaymentID) throws -> Timestamp? {
    try database.database().first(
      "SELECT p.due_at FROM payments.payments AS p WHERE p.id = \(id)"
    ) { row in try row.next() as Timestamp? } ?? nil
  }

  /// How many of them operators are told of.
  func stuck(_ name: String) throws -> Int {
    try count("SELECT s.\(unescaped: name) FROM payments_api.stuck AS s")
  }

  /// What a provider calls us with, once its signature was found good.
  func receive(_ body: JSONValue, from provider: ProviderName) throws {
    try database.database(role: "souk_webhooks").transaction {
      try cashier.receive(
        ProviderCall(body: body.bytes, signature: nil), from: provider, at: "192.0.2.7", in: $0)
    }
  }

  /// Works off all calls.
  func readCalls(_ desk: ProviderDesk) throws {
    let tools = tools()
    while try desk.readOne(with: tools) {}
  }

  func sandboxCall(
    _ id: PaymentID, _ amount: Int = 150_000, _ currency: String = "USD", mark: Int64 = 0
  ) -> JSONValue {
    [
      "payment_id": .string(id.description), "status": "captured", "mark": .integer(mark),
      "amount": ["amount": .integer(Int64(amount)), "currency": .string(currency)],
    ]
  }

  static let rupiah = Currency(rawValue: "IDR") ?? .none
}

extension ProviderDesk {
  /// The same of whichever provider has something due.
  func askOne(with tools: ProviderTools) throws -> Bool {
    try ProviderName.outside.contains { try askOne(of: $0, with: tools) }
  }

  func refundOne(with tools: ProviderTools) throws -> Bool {
    try ProviderName.outside.contains { try refundOne(of: $0, with: tools) }
  }
}
