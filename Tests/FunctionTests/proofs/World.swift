import Core
import KitTesting
import Orders
import Payments
import Postgres
import Synchronization

/// A shop whose providers are there: doubles of those outside, and a way for the sandbox to call
/// back, to the function that takes such calls, as a process of its own.
struct World {
  let stripe: StripeDouble
  let momo: MomoDouble
  let midtrans: MidtransDouble
  let scene: OrderScene
  private let front: LocalServer
  private let stack: TestStack
  /// Where mails are put, if they are.
  private let mails: TemporaryFolder?

  /// In the currency that the story's provider takes.
  init(pieces: [Int], currency: String = "USD", sendsMail: Bool = false) throws {
    let webhooks = Mutex<Program?>(nil)
    stripe = try StripeDouble()
    momo = try MomoDouble()
    midtrans = try MidtransDouble()
    mails = sendsMail ? try TemporaryFolder("souk-mails") : nil
    front = try LocalServer { request in
      let program = webhooks.withLock { $0 }
      let answer = try program?.answer(
        to: WriteRequest(
          "webhooks", request.method, String(request.path.dropFirst("/api/v1".count)),
          request.body, ["HTTP_SOUK_SIGNATURE": request.headers["souk-signature"] ?? ""]))
      return .text(answer?.status ?? 500, "")
    }
    var environment = [
      "SOUK_IPN_URL": front.origin, "SOUK_MOMO_URL": momo.origin,
      "SOUK_MIDTRANS_URL": midtrans.origin, "SOUK_MIDTRANS_SNAP_URL": midtrans.origin,
    ]
    environment.merge(stripe.environment) { $1 }
    environment.merge(MomoDouble.environment) { $1 }
    environment.merge(MidtransDouble.environment) { $1 }
    environment["SOUK_MAIL_FOLDER"] = mails?.path
    stack = try TestStack(rateScale: 1000, environment: environment)
    scene = try OrderScene(pieces: pieces, on: stack)
    if currency != "USD" {
      let look = stack.look()
      try look.execute("UPDATE shops.shops SET currency = \(currency)")
      try look.execute("UPDATE catalog.products SET currency = \(currency)")
    }
    let program = Program("webhooks", on: stack)
    webhooks.withLock { $0 = program }
  }

  /// Everything that is due, also with providers.
  func work() throws {
    let providers = try Providers(Environment(stack.environment(of: "scheduler")))
    try Clerk(stack, asking: providers).work()
  }

  /// What lies between two acts of a story.
  enum Pause: Sendable {
    /// What providers are to be asked later, or do later, is due, and what was to be sent.
    case providers
    /// Orders that nobody paid have run out of time.
    case expiry
    /// What was delivered was delivered a week ago.
    case week
  }

  /// Makes things due that are due later, by all clocks: those of the tests stand still. Only what
  /// is due within the time that it may take: who would wait for longer waits on, and is found.
  func pass(_ pause: Pause) throws {
    let look = stack.look()
    let now = stack.clock.clock.now
    switch pause {
    case .providers: try letProvidersBeAsked()
    case .expiry:
      let latest = Clock.system.now + OrderBook.paymentTime
      try look.execute(
        """
        UPDATE orders.orders AS o SET expires_at = \(now)
        WHERE o.status IN ('pending', 'awaiting_payment') AND o.expires_at <= \(latest)
        """)
      try letSagasGoOn(within: Waits.longest)
    case .week:
      try look.execute(
        """
        UPDATE orders.orders AS o SET delivered_at = \(now - .days(7)) WHERE o.status = 'delivered'
        """)
      try letSagasGoOn(within: .days(7))
    }
  }

  private func letSagasGoOn(within time: Duration) throws {
    let now = stack.clock.clock.now
    try stack.look().execute(
      """
      UPDATE saga.sagas AS s SET due_at = \(now)
      WHERE s.state = 'waiting' AND s.due_at > \(now) AND s.due_at <= \(Clock.system.now + time)
      """)
  }

  private func letProvidersBeAsked() throws {
    let (now, latest) = (stack.clock.clock.now, Clock.system.now + Waits.longest)
    let look = stack.look()
    for table in [
      "payments.payments", "payments.refunds", "payments.notifications",
      "payments.sandbox_callbacks", "notifications.deliveries",
    ] {
      try look.execute(
        """
        UPDATE \(unescaped: table) AS t SET due_at = \(now)
        WHERE t.due_at > \(now) AND t.due_at <= \(latest)
        """)
    }
    try look.execute(
      """
      UPDATE payments.payments SET asking_until = NULL
      WHERE asking_until <= \(Clock.system.now + Waits.lease)
      """)
    try look.execute(
      """
      UPDATE saga.sagas AS s SET due_at = \(now)
      WHERE s.waiting_for = 'the money to go back' AND s.due_at > \(now) AND s.due_at <= \(latest)
      """)
    try look.execute(
      """
      UPDATE payments.sandbox_charges AS c SET settles_at = \(now)
      WHERE c.settles_at > \(now) AND c.settles_at <= \(latest)
      """)
  }

  /// Questions, calls and mails that are still to be made.
  func open() throws -> Int {
    try scene.count(
      """
      SELECT (SELECT count(*) FROM payments.payments AS p WHERE p.due_at IS NOT NULL)
        + (SELECT count(*) FROM payments.refunds AS r WHERE r.due_at IS NOT NULL)
        + (SELECT count(*) FROM payments.notifications AS n WHERE n.due_at IS NOT NULL)
        + (SELECT count(*) FROM payments.sandbox_callbacks AS c WHERE c.due_at IS NOT NULL)
        + (SELECT count(*) FROM notifications.deliveries AS d
           WHERE d.due_at IS NOT NULL AND \(mails != nil))
      """)
  }

  /// Where the books of somebody outside say something else than ours.
  func disagreements() throws -> [String] { try moneyElsewhere() + mailsElsewhere() }

  private func moneyElsewhere() throws -> [String] {
    let ours = try stack.look().query(
      """
      SELECT p.id, p.provider, p.status, p.captured, p.refunded FROM payments.payments AS p
      WHERE p.provider IN ('stripe', 'momo', 'midtrans')
      """
    ) { row in
      let id: PaymentID = try row.next()
      let (provider, status): (String, String) = (try row.next(), try row.next())
      let (captured, refunded): (Int, Int) = (try row.next(), try row.next())
      let isClosed = provider == "stripe" && status == "cancelled"
      return "\(id) \(captured > 0 ? "paid" : isClosed ? "closed" : "open") \(refunded)"
    }
    let theirs =
      stripe.intents.map { intent in
        let states = ["succeeded": "paid", "canceled": "closed"]
        return "\(intent.payment) \(states[intent.status] ?? "open") \(intent.refunded)"
      }
      + momo.deals.map { "\($0.payment) \($0.isPaid ? "paid" : "open") \($0.refunded)" }
      + midtrans.deals.map { "\($0.payment) \($0.isPaid ? "paid" : "open") \($0.refunded)" }
    return Set(ours).symmetricDifference(theirs).sorted()
  }

  /// A mail has its number in the name of its file: one that is written again after a death takes
  /// the place of the first, so that each is there once. A mail server has no such names: there the
  /// message's id stays the same, and what was sent before a death may come twice.
  private func mailsElsewhere() throws -> [String] {
    guard let mails else { return [] }
    func deliveries(_ areSent: Bool) throws -> [String] {
      try stack.look().query(
        """
        SELECT d.number::text FROM notifications.deliveries AS d
        WHERE (d.state = 'sent') = \(areSent)
        """
      ) { row in try row.next() }
    }
    let (ours, unsent) = (try deliveries(true), try deliveries(false))
    let theirs = try Files.list(mails.path).map { String($0.prefix { $0 != "-" }) }
    return (ours.sorted() == theirs.sorted() ? [] : ["mails \(ours.count), but \(theirs.count)"])
      + unsent.map { "mail \($0) is not sent" }
  }
}

/// How long the scheduled function legitimately lets things wait in these stories.
enum Waits {
  /// Until something is due: an order has half an hour, and what was tried in vain is tried once
  /// an hour.
  static let longest = Duration.hours(2)
  /// While a provider is asked.
  static let lease = Duration.seconds(100)
}
