import Core
import JSON
import KitTesting
import Notifications
import Outbox
import Postgres
import Testing

/// Somebody who hears of things, and the scheduled function that tells them.
struct NewsScene {
  let database: TestDatabase
  let clock = TestClock()
  let ana: UserID

  init() throws {
    database = try TestDatabase()
    ana = try Self.user("Ana Lim", in: database.database())
  }

  static func user(_ name: String, in database: Database) throws -> UserID {
    let user = IDSource().id(UserKind.self)
    try database.execute(
      """
      INSERT INTO identity.users
        (id, email, phone, full_name, tokens_valid_after, created_at, updated_at)
      VALUES (\(user), \("\(user)@example.com"), '+84901234567', \(name), now(), now(), now())
      """)
    return user
  }

  /// A shop with its owner.
  func shop() throws -> (id: ShopID, owner: UserID) {
    let owner = try Self.user("Linh Tran", in: database.database())
    let shop = IDSource().id(ShopKind.self)
    try database.database().execute(
      """
      INSERT INTO shops.shops (id, owner_id, name, slug, currency, created_at, updated_at)
      VALUES (\(shop), \(owner), 'Nhà Xanh', \("shop-" + shop.description.dropFirst(4)), 'VND',
              now(), now())
      """)
    return (shop, owner)
  }

  /// That somebody's order of things from the shop is confirmed.
  func confirmed(in shop: ShopID, by customer: UserID) throws -> LoggedEvent {
    let order = IDSource().id(OrderKind.self)
    try database.database().execute(
      """
      WITH o AS (
        INSERT INTO orders.orders (id, customer_id, hold_id, status, currency, subtotal, discount,
          shipping, address, payment_provider, from_cart, placed_at, expires_at)
        VALUES (\(order), \(customer), \(order), 'paid', 'VND', 1000, 0, 0, '{}', 'sandbox', false,
                now(), now())
        RETURNING id)
      INSERT INTO orders.parcels (id, order_id, shop_id, currency, amount, created_at, updated_at)
      SELECT \(IDSource().uuid()), o.id, \(shop), 'VND', 1000, now(), now() FROM o
      """)
    let payload: JSONValue = [
      "order_id": .string("\(order)"), "customer_id": .string("\(customer)"), "number": 42,
      "total": ["amount": 1000, "currency": "VND"],
    ]
    return event("order.confirmed.v1", payload, about: order.uuid)
  }

  /// Its only variant.
  func product(_ name: String, in shop: ShopID) throws -> VariantID {
    let (variant, product) = (IDSource().id(VariantKind.self), IDSource().id(ProductKind.self))
    try database.database().execute(
      """
      WITH p AS (
        INSERT INTO catalog.products
          (id, shop_id, name, slug, price, currency, status, created_by, created_at, updated_at)
        VALUES (\(product), \(shop), \(name), \(product.description), 1000, 'VND', 'active', \(ana),
                now(), now())
        RETURNING id)
      INSERT INTO catalog.variants
        (id, product_id, shop_id, sku, price, position, created_at, updated_at)
      SELECT \(variant), p.id, \(shop), 'A', 1000, 1, now(), now() FROM p
      """)
    return variant
  }

  var ids: IDSource { IDSource(clock: clock.clock) }

  /// As the scheduled function has one.
  func scheduler() -> Database { database.database(role: "souk_scheduler") }

  func event(
    _ type: String, _ payload: JSONValue, about subject: UUID = IDSource().uuid()
  ) -> LoggedEvent {
    LoggedEvent(
      position: 1, id: IDSource().uuid(), type: type, aggregateType: "order",
      aggregateID: subject, occurredAt: clock.clock.now, payload: payload.bytes)
  }

  func hear(_ event: LoggedEvent, sendsSMS: Bool = false) throws {
    clock.advance(by: .milliseconds(1))  // so that what is told later comes later in the list
    let consumer = Herald(ids: ids, sendsSMS: sendsSMS).consumer
    #expect(consumer.types.contains(event.type), "nobody would hear of \(event.type)")
    try scheduler().transaction { try consumer.handle([event], $0) }
  }

  func carrier(to server: LocalMailServer) throws -> MailCarrier {
    let settings = [
      "SOUK_SMTP_URL": "smtp://127.0.0.1:\(server.port)", "SOUK_MAIL_FROM": "Souk <s@souk.example>",
    ]
    return try #require(try MailCarrier(Environment(settings)))
  }

  func send(by carrier: MailCarrier) throws -> Bool {
    try Postman(ids: ids).sendMail(by: carrier, in: scheduler())
  }

  func order(_ type: String = "order.confirmed.v1", _ members: JSONValue = [:]) -> LoggedEvent {
    var payload = JSONObject()
    payload["order_id"] = .string("\(IDSource().id(OrderKind.self))")
    payload["customer_id"] = .string("\(ana)")
    payload["number"] = 42
    payload["total"] = ["amount": 1999, "currency": "USD"]
    for (key, value) in members.object?.members ?? [] { payload[key] = value }
    return event(type, .object(payload))
  }

  func mail(_ template: String = "verify_email", to address: String) -> LoggedEvent {
    event(
      "mail.requested.v1",
      [
        "user_id": .string("\(ana)"), "to": .string(address), "template": .string(template),
        "values": ["full_name": "Ana Lim", "token": "t0k3n", "url": "http://x/v?token=t0k3n"],
      ])
  }

  /// Who reads what in the application.
  func messages() throws -> [String] {
    try database.database().query(
      """
      SELECT m.kind || ' ' || (SELECT u.full_name FROM identity.users AS u WHERE u.id = m.user_id)
             || ': ' || m.title
      FROM notifications.messages AS m ORDER BY m.id
      """
    ) { row in try row.next() }
  }

  /// What is to be sent, and what became of it.
  func deliveries() throws -> [String] {
    try database.database().query(
      """
      SELECT d.channel || ' ' || d.template || ' ' || d.state || ' ' || d.attempts
      FROM notifications.deliveries AS d ORDER BY d.number
      """
    ) { row in try row.next() }
  }

  func prefer(_ topic: Topic, _ change: PreferenceChange) throws {
    try database.database().transaction {
      PreferenceStore.change(topic, change, of: ana, at: clock.clock.now, in: $0)
    }
  }
}
