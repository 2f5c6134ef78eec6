import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// Where customers come back to from the provider's page is theirs to say, at each attempt to pay.
@Suite struct ReturnAddressTests {
  private static let dollar = Currency(rawValue: "USD") ?? .none

  private let stripe: LocalServer
  private let scene: OrderScene
  private let payments: TestFunction
  private let clerk: Clerk

  /// A card is declined as long as nobody pays.
  init() throws {
    stripe = try LocalServer { _ in
      .json(402, ["error": ["type": "card_error", "code": "card_declined"]])
    }
    let stack = try TestStack(
      rateScale: 1000,
      environment: [
        "SOUK_STRIPE_URL": stripe.origin, "SOUK_STRIPE_KEY": "sk_test",
        "SOUK_STRIPE_WEBHOOK_SECRETS": "whsec_secret_1",
      ])
    scene = try OrderScene(on: stack)
    payments = try Bazaar.payments(on: stack)
    clerk = try Clerk(
      stack, asking: Providers(Environment(stack.environment(of: "scheduler"))))
  }

  private func card() throws -> String {
    let answer = payments.send(
      "POST", "/api/v1/payment-methods", token: scene.ana.token,
      json: ["provider": "stripe", "token": "pm_card"])
    try #require(answer.status == 201, "\(answer)")
    return answer.data.id
  }

  private func order(_ card: String, _ address: String?) throws -> OrderID {
    try scene.placed(
      nil,
      [
        "payment": [
          "provider": "stripe", "payment_method_id": .string(card),
          "return_url": address.map { .string($0) } ?? .null,
        ]
      ])
  }

  private func initiate(_ order: OrderID, _ card: String, _ address: String) -> TestAnswer {
    Self.initiate(order, card, address, by: scene.ana, payments)
  }

  private static func initiate(
    _ order: OrderID, _ card: String, _ address: String, by visitor: Visitor,
    _ payments: TestFunction
  ) -> TestAnswer {
    payments.send(
      "POST", "/api/v1/payments/initiate", token: visitor.token,
      json: [
        "order_id": .string(order.description), "provider": "stripe",
        "payment_method_id": .string(card), "return_url": .string(address),
      ])
  }

  /// What the provider was told, question by question.
  private var told: [String] {
    stripe.requests.map { request in
      let fields = request.text.split(separator: "&")
      let field = fields.first { $0.hasPrefix("return_url=") } ?? "return_url="
      return String(field.dropFirst("return_url=".count))
        .replacing("%3A", with: ":").replacing("%2F", with: "/")
    }
  }

  @Test func eachAttemptHasItsOwn() throws {
    let card = try card()
    let order = try order(card, "https://one.example/back")
    try clerk.work()
    #expect(scene.status(order) == "payment_failed")
    let again = initiate(order, card, "https://two.example/back")
    #expect(again.status == 202, "\(again)")
    try clerk.work()
    #expect(told == ["https://one.example/back", "https://two.example/back"])
    try scene.checkInvariants()
  }

  /// As long as the provider was not asked, whoever wants to pay may say it still.
  @Test func itMayBeSaidUntilTheProviderIsAsked() throws {
    let card = try card()
    let order = try order(card, nil)
    try Clerk(scene.bazaar.stack).work()
    let waiting = initiate(order, card, "https://late.example/back")
    #expect(waiting.status == 200, "\(waiting)")
    try clerk.work()
    #expect(told == ["https://late.example/back"])
  }

  /// The order remembers it for the payment that its checkout is about to open.
  @Test func itMayBeSaidBeforeTheCheckoutBegins() throws {
    let card = try card()
    let order = try order(card, "https://first.example/back")
    let early = initiate(order, card, "https://early.example/back")
    #expect(early.status == 202, "\(early)")
    try clerk.work()
    #expect(told == ["https://early.example/back"])
    try scene.checkInvariants()
  }

  /// The checkout opens the payment just when somebody says where they want to come back to.
  @Test func itIsNotLostWhileTheCheckoutOpensThePayment() throws {
    let card = try card()
    let order = try order(card, nil)
    let (stack, ana) = (scene.bazaar.stack, scene.ana)
    let (look, clock) = (stack.look(), stack.clock.clock)
    let saved = try #require(PaymentMethodID(card))
    let initiating = try stack.database.database(role: "souk_scheduler").transaction {
      checkout in
      try checkout.execute("SELECT FROM orders.orders AS o WHERE o.id = \(order) FOR UPDATE")
      let initiating = Background {
        Self.initiate(
          order, card, "https://close.example/back", by: ana, try Bazaar.payments(on: stack))
      }
      let isWaiting = try becomesTrue {
        try look.first(
          """
          SELECT count(*) > 0 FROM pg_stat_activity AS a
          WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'
          """
        ) { row in try row.next() } ?? false
      }
      #expect(isWaiting)
      _ = try Cashier(ids: IDSource(clock: clock), trace: nil).request(
        PaymentRequest(
          order: order, customer: ana.user, amount: Money(1000, Self.dollar),
          provider: "stripe", method: nil, savedMethod: saved.uuid,
          expiresAt: clock.now + .minutes(30)), in: checkout)
      return initiating
    }
    let answer = try initiating.value()
    #expect(answer.status == 200 && answer.data?["status"]?.string == "pending", "\(answer)")
    try clerk.work()
    #expect(told == ["https://close.example/back"])
  }

  /// What is said of somebody else's order, or of one that is over, is not remembered.
  @Test func onlyTheirOwnOrderRemembersIt() throws {
    let look = scene.bazaar.stack.look()
    let order = try order(try card(), nil)
    let payments = scene.bazaar.stack.database.database(role: "souk_payments")
    func remember(for customer: UserID) throws -> String? {
      try payments.execute(
        """
        SELECT orders_api.remember_return_url(
          \(order), \(customer), 'https://shop.example/other')
        """)
      return try look.first(
        "SELECT o.payment_return_url FROM orders.orders AS o WHERE o.id = \(order)"
      ) { row in try row.next() as String? } ?? nil
    }
    #expect(try remember(for: IDSource().id()) == nil)
    try look.execute("UPDATE orders.orders SET status = 'paid' WHERE id = \(order)")
    #expect(try remember(for: scene.ana.user) == nil)
    try look.execute("UPDATE orders.orders SET status = 'pending' WHERE id = \(order)")
    #expect(try remember(for: scene.ana.user) == "https://shop.example/other")
  }

  @Test func whereNobodySaysItIsOurs() throws {
    _ = try order(try card(), nil)
    try clerk.work()
    #expect(told == ["https://shop.example/"])
  }

  @Test func whatIsNoAddressIsRefused() throws {
    for address in ["javascript:alert(1)", "https://", "https://a b.example"] {
      let answer = scene.place(
        nil, ["payment": ["provider": "sandbox", "return_url": .string(address)]])
      #expect(answer.status == 422, "\(address): \(answer)")
    }
  }
}
