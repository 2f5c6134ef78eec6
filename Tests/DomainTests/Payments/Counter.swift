import Core
import KitTesting
import Payments
import Postgres
import Testing

/// Where payments are made, on a database of a test's own.
struct Counter {
  let database: TestDatabase
  let clock = TestClock()

  init() throws { database = try TestDatabase() }

  var now: Timestamp { clock.clock.now }
  var ids: IDSource { IDSource(clock: clock.clock) }
  var cashier: Cashier { Cashier(ids: ids, trace: nil) }

  /// As the scheduled function has one.
  func scheduler() -> Database { database.database(role: "souk_scheduler") }

  func order() -> OrderID { IDSource().id() }
  func customer() -> UserID { IDSource().id() }

  static let dong = Currency(rawValue: "VND") ?? .none
  static let dollar = Currency(rawValue: "USD") ?? .none

  func request(
    _ order: OrderID, _ amount: Int, by customer: UserID? = nil, _ provider: String,
    _ method: String? = nil, currency: Currency = Counter.dollar, on database: Database? = nil
  ) throws -> PaymentStanding {
    try (database ?? scheduler()).transaction {
      try cashier.request(
        PaymentRequest(
          order: order, customer: customer ?? self.customer(), amount: Money(amount, currency),
          provider: provider, method: method, savedMethod: nil, expiresAt: now + .minutes(30)),
        in: $0)
    }
  }

  func request(
    _ order: OrderID, _ provider: String, _ method: String? = nil,
    currency: Currency = Counter.dollar, on database: Database? = nil
  ) throws -> PaymentStanding {
    try request(order, 1000, provider, method, currency: currency, on: database)
  }

  func standing(_ order: OrderID) throws -> PaymentStanding? {
    try scheduler().transaction { try cashier.standing(of: order, in: $0) }
  }

  func abandon(_ order: OrderID) throws -> Bool {
    try scheduler().transaction {
      try cashier.abandon(order, reason: "The order was cancelled.", in: $0)
    }
  }

  @discardableResult
  func refund(
    _ order: OrderID, _ amount: Int, currency: Currency = Counter.dollar,
    reference: String? = nil, on database: Database? = nil
  ) throws -> RefundID {
    try (database ?? scheduler()).transaction {
      try cashier.refund(
        RefundRequest(
          .order(order), Money(amount, currency), reason: "broken",
          reference: reference ?? "test \(IDSource().uuid())"), in: $0)
    }
  }

  func collectCash(_ amount: Int, for order: OrderID, on database: Database? = nil) throws {
    try (database ?? scheduler()).transaction {
      try cashier.collectCash(Money(amount, Counter.dollar), for: order, in: $0)
    }
  }

  /// Puts money into a wallet, as a payment that fills it does.
  func fill(_ customer: UserID, _ amount: Int, currency: Currency = Counter.dollar) throws {
    try scheduler().transaction {
      _ = try cashier.topUp(
        TopUp(
          customer: customer, amount: Money(amount, currency), provider: .sandbox,
          method: "approve", returnURL: nil), in: $0)
    }
  }

  // MARK: What came of it

  func count(_ sql: SQL) throws -> Int {
    try database.database().first(sql) { row in try row.next() } ?? -1
  }

  func wallet(_ customer: UserID) throws -> Int? {
    try database.database().first(
      "SELECT a.balance FROM payments.accounts AS a WHERE a.owner_id = \(customer)"
    ) { row in try row.next() }
  }

  func events(_ type: String) throws -> Int {
    try count("SELECT count(*) FROM outbox.events AS e WHERE e.type = \(type)")
  }

  func incidents(_ kind: String) throws -> Int {
    try count(
      """
      SELECT COALESCE(sum(s.times), 0)::bigint FROM payments.security_events AS s
      WHERE s.kind = \(kind)
      """)
  }

  /// Whatever happened: the ledger sums to zero in each currency, wallets hold what their lines add
  /// up to, and of each payment the ledger says what the payment says.
  func expectBooksToBalance() throws {
    #expect(
      try count(
        """
        SELECT count(*) FROM (
          SELECT b.currency FROM payments.balances AS b
          GROUP BY b.currency HAVING sum(b.balance) <> 0
        ) AS unbalanced
        """) == 0)
    #expect(
      try count(
        """
        SELECT count(*) FROM payments.balances AS b
        WHERE b.kind = 'wallet' AND (b.kept <> b.balance OR b.kept < 0)
        """) == 0)
    #expect(
      try count(
        """
        SELECT count(*) FROM payments.payments AS p
        WHERE p.captured <> (
            SELECT COALESCE(sum(e.amount), 0) FROM payments.entries AS e
            WHERE e.payment_id = p.id AND e.kind <> 'refund')
          OR p.refunded <> (
            SELECT COALESCE(sum(e.amount), 0) FROM payments.entries AS e
            WHERE e.payment_id = p.id AND e.kind = 'refund')
          OR (p.refunded, p.refunding) <> (
            SELECT COALESCE(sum(r.amount) FILTER (WHERE r.status = 'succeeded'), 0)::bigint,
                   COALESCE(sum(r.amount) FILTER (WHERE r.status = 'pending'), 0)::bigint
            FROM payments.refunds AS r WHERE r.payment_id = p.id)
        """) == 0, "a payment does not say what the ledger says")
    #expect(
      try count(
        """
        SELECT count(*) FROM (
          SELECT e.wallet_balance - e.wallet_change AS before,
                 lag(e.wallet_balance) OVER w AS left_before
          FROM payments.entries AS e WHERE e.wallet_id IS NOT NULL
          WINDOW w AS (PARTITION BY e.wallet_id ORDER BY e.number)
        ) AS chain
        WHERE chain.before <> COALESCE(chain.left_before, 0)
        """) == 0, "a line of a wallet does not follow the one before it")
  }
}
