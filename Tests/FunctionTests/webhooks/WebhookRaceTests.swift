import Core
import HTTP
import HTTPClient
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// The provider's call meets its answer, its own repetition, and orders that are dead. Whatever
/// comes first: one payment, one order, and the money is where it belongs.
@Suite struct WebhookRaceTests {
  private let stripe: StripeDouble
  private let scene: OrderScene
  private let stack: TestStack
  private let providers: Providers

  init() throws {
    stripe = try StripeDouble()
    stack = try TestStack(rateScale: 1000, environment: stripe.environment)
    scene = try OrderScene(pieces: [100], on: stack)
    providers = try Providers(Environment(stack.environment(of: "scheduler")))
  }

  /// Everything that is due, also with providers.
  private func work() throws { try Clerk(stack, asking: providers).work() }

  private func placed() throws -> OrderID {
    try scene.placed(nil, ["payment": ["provider": "stripe"]])
  }

  /// Waits for its money, with an intent that the provider has told of.
  private func waiting() throws -> (order: OrderID, intent: StripeDouble.Intent) {
    let order = try placed()
    try work()
    #expect(try scene.statusInDatabase(order) == "awaiting_payment")
    return (order, try intent(of: order))
  }

  private func intent(of order: OrderID) throws -> StripeDouble.Intent {
    let payment = try #require(
      try stack.look().first(
        "SELECT p.id FROM payments.payments AS p WHERE p.order_id = \(order)"
      ) { row in try row.next() as PaymentID })
    return try #require(stripe.intent(of: payment.description))
  }

  private func receive(_ call: (body: String, signature: String)) throws {
    try Self.receive(call, on: stack)
  }

  /// By the function that takes them.
  private static func receive(
    _ call: (body: String, signature: String), on stack: TestStack
  ) throws {
    let answer = try Bazaar.webhooks(on: stack).send(
      "POST", "/api/v1/payments/ipn/stripe", bytes: Array(call.body.utf8),
      headers: [(.stripeSignature, call.signature)])
    #expect(answer.status == 200, "\(answer)")
  }

  private var now: Timestamp { stack.clock.clock.now }

  private func paid(_ intent: StripeDouble.Intent, event: String = "1") -> (String, String) {
    StripeDouble.call(intent, "succeeded", event: event, at: now)
  }

  private func events(_ type: String) throws -> Int {
    try scene.count("SELECT count(*) FROM outbox.events AS e WHERE e.type = \(type)")
  }

  private func incidents(_ kind: String) throws -> Int {
    try scene.count(
      """
      SELECT COALESCE(sum(s.times), 0)::bigint FROM payments.security_events AS s
      WHERE s.kind = \(kind)
      """)
  }

  /// So many orders are paid, each once.
  private func expectPaid(_ count: Int) throws {
    #expect(
      try scene.count("SELECT count(*) FROM orders.orders AS o WHERE o.status = 'paid'") == count)
    #expect(try scene.count("SELECT count(*) FROM payments.payments") == count)
    #expect(try scene.count("SELECT count(*) FROM payments.entries") == count)
    #expect(try events("payment.captured.v1") == count)
    #expect(try events("order.paid.v1") == count)
    #expect(try scene.stock() == "\(100 - count) 0")
    #expect(stripe.intents.count == count)
    try scene.checkInvariants()
  }

  /// The call is there, and all of it is done, before the provider has answered.
  @Test func theCallComesBeforeTheAnswer() throws {
    let order = try placed()
    let (stack, stripe, providers, now) = (stack, stripe, providers, now)
    stripe.whenOpened { intent in
      stripe.pay(intent.payment)
      try Self.receive(StripeDouble.call(intent, "succeeded", at: now), on: stack)
      try Clerk(stack, asking: providers).work()
    }
    try work()
    #expect(try scene.statusInDatabase(order) == "paid")
    #expect(stripe.questions == ["POST /v1/payment_intents"])
    try expectPaid(1)
  }

  /// The answer is written down while the call is worked off.
  @Test func theCallComesWithTheAnswer() throws {
    let (stack, stripe, providers, now) = (stack, stripe, providers, now)
    let rounds = Effort.of(20, long: 90)
    let token = scene.ana.token
    let order = scene.order([scene.wish()], ["payment": ["provider": "stripe"]]).bytes
    let placed = try Together.run(
      threads: 2, rounds: rounds,
      prepare: { thread in
        (thread, ProviderDesk(providers), Self.tools(stack))
      },
      before: { _ in
        let orders = try Bazaar.orders(on: stack)
        let answer = orders.send("POST", "/api/v1/orders", token: token, bytes: order)
        #expect(answer.status == 201, "\(answer)")
        try Clerk(stack).work()
        stripe.whenOpened { intent in
          stripe.pay(intent.payment)
          try Self.receive(StripeDouble.call(intent, "succeeded", at: now), on: stack)
        }
      }
    ) { worker, _ in
      let (thread, desk, tools) = worker
      if thread == 0 { return try desk.askOne(with: tools) }
      return try becomesTrue { try desk.readOne(with: tools) }
    }
    #expect(placed.allSatisfy { $0 == [true, true] })
    try work()
    try expectPaid(rounds)
  }

  @Test func theCallComesAfterTheAnswer() throws {
    let (order, intent) = try waiting()
    try receive(paid(intent))
    #expect(try scene.statusInDatabase(order) == "awaiting_payment")
    try work()
    #expect(try scene.statusInDatabase(order) == "paid")
    try expectPaid(1)
  }

  /// The same call, the same news in another call, and the provider's own answer to a question.
  @Test func theCallComesTwice() throws {
    let (_, intent) = try waiting()
    stripe.pay(intent.payment)
    for event in ["1", "1", "2"] { try receive(paid(intent, event: event)) }
    try work()
    try receive(paid(intent, event: "1"))
    try receive(paid(intent, event: "3"))
    stack.clock.advance(by: .minutes(1))
    try work()
    #expect(try incidents("repeated") == 2)
    try expectPaid(1)
  }

  /// Many at once, from many sides.
  @Test func theCallsComeAtOnce() throws {
    let (_, intent) = try waiting()
    let (stack, now) = (stack, now)
    let all = try Together.run(threads: 8, prepare: { $0 }) { thread, _ in
      try Self.receive(
        StripeDouble.call(intent, "succeeded", event: "\(thread % 4)", at: now), on: stack)
      return true
    }
    #expect(all.flatMap(\.self).count == 8)
    #expect(try incidents("repeated") == 4)
    let providers = providers
    _ = try Together.run(threads: 4, prepare: { _ in Self.tools(stack) }) { tools, _ in
      while try ProviderDesk(providers).readOne(with: tools) {}
      return true
    }
    try work()
    try expectPaid(1)
  }

  /// What was true before comes after what is true now.
  @Test func theCallsComeInAnotherOrder() throws {
    let (_, intent) = try waiting()
    try receive(paid(intent))
    for status in ["requires_action", "processing", "canceled"] {
      try receive(StripeDouble.call(intent, status, at: now))
    }
    try work()
    try expectPaid(1)
  }

  /// Its time is over, and the provider says that nobody has paid.
  private func expire() throws {
    stack.clock.advance(by: .minutes(31))
    try work()
    stack.clock.advance(by: .minutes(1))
    try work()
  }

  /// Paid in the last moment: the order has expired, the provider cannot cancel any more, and the
  /// money goes back.
  @Test func theCallComesAfterTheOrderExpired() throws {
    let (order, intent) = try waiting()
    let stripe = stripe
    stripe.whenCancelled { stripe.pay($0.payment) }
    try expire()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(stripe.intent(of: intent.payment)?.status == "succeeded")
    try receive(paid(intent))
    try work()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(stripe.intent(of: intent.payment)?.refunded == 1000)
    #expect(try incidents("unwanted_money") == 1)
    // And once more.
    try receive(paid(intent, event: "2"))
    try work()
    #expect(stripe.intent(of: intent.payment)?.refunded == 1000)
    #expect(
      try scene.count("SELECT refunded FROM payments.payments WHERE status = 'refunded'") == 1000)
    #expect(try scene.count("SELECT count(*) FROM payments.entries") == 2)
    #expect(try scene.stock() == "100 0")
    try scene.checkInvariants()
  }

  /// The order is cancelled, and the call comes before the provider is asked to cancel.
  @Test func theCallComesWhileTheOrderIsCancelled() throws {
    let (order, intent) = try waiting()
    #expect(scene.send("POST", "/orders/\(order)/cancel").status == 200)
    stripe.pay(intent.payment)
    try receive(paid(intent))
    try work()
    #expect(scene.status(order) == "cancelled")
    #expect(stripe.intent(of: intent.payment)?.refunded == 1000)
    #expect(!stripe.questions.contains { $0.hasSuffix("/cancel") })
    #expect(try scene.stock() == "100 0")
    try scene.checkInvariants()
  }

  /// Nobody pays any more what expired.
  @Test func whatExpiredIsClosedAtTheProvider() throws {
    let (order, intent) = try waiting()
    try expire()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(stripe.intent(of: intent.payment)?.status == "canceled")
    try receive(StripeDouble.call(intent, "canceled", at: now))
    try work()
    #expect(try events("payment.cancelled.v1") == 1)
    #expect(try scene.count("SELECT count(*) FROM payments.entries") == 0)
    try scene.checkInvariants()
  }

  @Test func anotherAmountOrCurrencyChangesNothing() throws {
    let (order, intent) = try waiting()
    try receive(StripeDouble.call(intent, "succeeded", amount: 999, at: now))
    try receive(StripeDouble.call(intent, "succeeded", amount: 1001, at: now))
    try receive(StripeDouble.call(intent, "succeeded", currency: "eur", at: now))
    try work()
    #expect(try scene.statusInDatabase(order) == "awaiting_payment")
    #expect(try incidents("wrong_amount") == 2)
    #expect(try incidents("wrong_currency") == 1)
    #expect(try events("payment.captured.v1") == 0)
    try scene.checkInvariants()
    // The right one still pays.
    try receive(paid(intent))
    try work()
    #expect(try scene.statusInDatabase(order) == "paid")
    try expectPaid(1)
  }

  /// Nor for an order that is dead: nothing is booked that would have to go back.
  @Test func anotherAmountForADeadOrderChangesNothing() throws {
    let (order, intent) = try waiting()
    try expire()
    try receive(StripeDouble.call(intent, "succeeded", amount: 1, at: now))
    try work()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(try incidents("wrong_amount") == 1)
    #expect(try scene.count("SELECT count(*) FROM payments.entries") == 0)
    try scene.checkInvariants()
  }

  private static func tools(_ stack: TestStack) -> ProviderTools {
    ProviderTools(
      http: HTTPClient(timeout: .seconds(5)),
      database: stack.database.database(role: "souk_scheduler"),
      ids: IDSource(clock: stack.clock.clock))
  }
}
