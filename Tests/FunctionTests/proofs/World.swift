import Core
import KitTesting
import Payments
import Postgres
import Synchronization

/// A shop whose providers are there: Stripe's double, and a way for the sandbox to call back, to
/// the function that takes such calls, as a process of its own.
struct World {
  let stripe: StripeDouble
  let scene: OrderScene
  private let front: LocalServer
  private let stack: TestStack

  init(pieces: [Int]) throws {
    let webhooks = Mutex<Program?>(nil)
    stripe = try StripeDouble()
    front = try LocalServer { request in
      let program = webhooks.withLock { $0 }
      let status = try program?.status(
        of: WriteRequest(
          "webhooks", request.method, String(request.path.dropFirst("/api/v1".count)),
          request.body, ["HTTP_SOUK_SIGNATURE": request.headers["souk-signature"] ?? ""]))
      return .text(status ?? 500, "")
    }
    stack = try TestStack(
      rateScale: 1000,
      environment: [
        "SOUK_STRIPE_URL": stripe.origin, "SOUK_STRIPE_KEY": "sk_test",
        "SOUK_STRIPE_WEBHOOK_SECRETS": StripeDouble.secret, "SOUK_IPN_URL": front.origin,
      ])
    scene = try OrderScene(pieces: pieces, on: stack)
    let program = Program("webhooks", on: stack)
    webhooks.withLock { $0 = program }
  }

  /// Everything that is due, also with providers.
  func work() throws {
    let providers = try Providers(Environment(stack.environment(of: "scheduler")))
    try Clerk(stack, asking: providers).work()
  }

  /// What providers are to be asked later, or do later, is due now, also by the clock of the tests.
  func letTimePass() throws {
    let now = stack.clock.clock.now
    for table in ["payments", "refunds", "notifications", "sandbox_callbacks"] {
      try stack.look().execute(
        """
        UPDATE payments.\(unescaped: table) AS t SET due_at = \(now) WHERE t.due_at > \(now)
        """)
    }
    try stack.look().execute("UPDATE payments.payments SET asking_until = NULL")
    try stack.look().execute(
      "UPDATE payments.sandbox_charges AS c SET settles_at = \(now) WHERE c.settles_at > \(now)")
  }

  /// Questions and calls that are still to be made.
  func open() throws -> Int {
    try scene.count(
      """
      SELECT (SELECT count(*) FROM payments.payments AS p WHERE p.due_at IS NOT NULL)
        + (SELECT count(*) FROM payments.refunds AS r WHERE r.due_at IS NOT NULL)
        + (SELECT count(*) FROM payments.notifications AS n WHERE n.due_at IS NOT NULL)
        + (SELECT count(*) FROM payments.sandbox_callbacks AS c WHERE c.due_at IS NOT NULL)
      """)
  }

  /// Where Stripe's books say something else than ours.
  func disagreements() throws -> [String] {
    let payments = try stack.look().query(
      """
      SELECT p.id, p.status, p.captured, p.refunded FROM payments.payments AS p
      WHERE p.provider = 'stripe'
      """
    ) { row in
      let id: PaymentID = try row.next()
      return (id, try row.next() as String, try row.next() as Int, try row.next() as Int)
    }
    let ours = payments.map { id, status, captured, refunded in
      let theirs =
        status == "cancelled" ? "canceled" : captured > 0 ? "succeeded" : "requires_payment_method"
      return "\(id) \(theirs) \(refunded)"
    }
    let theirs = stripe.intents.map { "\($0.payment) \($0.status) \($0.refunded)" }
    return Set(ours).symmetricDifference(theirs).sorted()
  }
}
