import Core
import HTTP
import JSON
import KitTesting
import Payments
import Postgres
import Schedule
import Testing
import scheduler

/// An order whose time is over: whether it was paid before that is for its provider to say.
@Suite struct LastWordTests {
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

  private func work() throws { try Clerk(stack, asking: providers).work() }

  /// An order that waits for its money, with an intent that the provider has told of.
  private func waiting() throws -> (order: OrderID, intent: StripeDouble.Intent) {
    let order = try scene.placed(nil, ["payment": ["provider": "stripe"]])
    try work()
    #expect(try scene.statusInDatabase(order) == "awaiting_payment")
    return (order, try #require(stripe.intents.first))
  }

  private func receive(_ intent: StripeDouble.Intent) throws {
    let call = StripeDouble.call(intent, "succeeded", at: stack.clock.clock.now)
    let answer = try Bazaar.webhooks(on: stack).send(
      "POST", "/api/v1/payments/ipn/stripe", bytes: Array(call.body.utf8),
      headers: [(.stripeSignature, call.signature)])
    #expect(answer.status == 200, "\(answer)")
  }

  /// Nobody was at work while the customer paid: the call lies there unread, or got lost, and the
  /// order's time is over when the work goes on.
  @Test(arguments: [true, false])
  func whatWasPaidInTimeIsPaid(_ isTold: Bool) throws {
    let (order, intent) = try waiting()
    stack.clock.advance(by: .minutes(15))
    stripe.pay(intent.payment)
    if isTold { try receive(intent) }
    stack.clock.advance(by: .minutes(16))
    try work()
    #expect(try scene.statusInDatabase(order) == "paid")
    #expect(try scene.count("SELECT count(*) FROM payments.entries") == 1)
    #expect(try scene.stock() == "99 0")
    try scene.checkInvariants()
  }

  /// It says nothing as long as the goods are held: the order expires, and what comes goes back.
  @Test func whoSaysNothingIsNotWaitedForLonger() throws {
    let (order, intent) = try waiting()
    stripe.pay(intent.payment)
    let away = try Providers(
      Environment(
        stack.environment(of: "scheduler").merging(["SOUK_STRIPE_URL": "http://127.0.0.1:9"]) {
          $1
        }))
    stack.clock.advance(by: .minutes(31))
    for _ in 0..<3 {
      try Clerk(stack, asking: away).work()
      #expect(try scene.statusInDatabase(order) == "awaiting_payment")
      #expect(try scene.stock() == "100 1")
      stack.clock.advance(by: .minutes(1))
    }
    stack.clock.advance(by: .minutes(1))
    try Clerk(stack, asking: away).work()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(try scene.stock() == "100 0")
    stack.clock.advance(by: .minutes(10))
    try work()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(stripe.intent(of: intent.payment)?.refunded == 1000)
    #expect(
      try scene.count("SELECT refunded FROM payments.payments WHERE status = 'refunded'") == 1000)
    try scene.checkInvariants()
  }

  /// MoMo wants to be waited for half a minute. Whoever asks has not lost the work by then.
  @Test func providersAreWaitedFor() {
    let jobs = PaymentJobs.make(providers)
    for name in ["payments_stripe", "refunds_stripe"] {
      #expect(jobs.first { $0.name == name }?.patience == .seconds(30), "\(name)")
    }
  }

  /// What nobody has paid expires as soon as the provider has said so.
  @Test func whatNobodyPaidExpires() throws {
    let (order, _) = try waiting()
    stack.clock.advance(by: .minutes(31))
    try work()
    #expect(try scene.statusInDatabase(order) == "awaiting_payment")
    stack.clock.advance(by: .minutes(1))
    try work()
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(try scene.stock() == "100 0")
    try scene.checkInvariants()
  }
}
