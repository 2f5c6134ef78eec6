internal import Core
internal import Postgres

enum SandboxStore {
  static func open(
    _ payment: Payment, _ method: SandboxMethod, settles: Timestamp?, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO payments.sandbox_charges
        (payment_id, method, currency, amount, settles_at, created_at)
      VALUES (\(payment.id), \(method.rawValue), \(payment.amount.currency),
              \(payment.amount.amount), \(settles), \(now))
      ON CONFLICT (payment_id) DO NOTHING
      """)
  }

  static func owe(
    _ payment: PaymentID, _ place: Int, _ body: String, due: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO payments.sandbox_callbacks (payment_id, place, body, due_at)
      VALUES (\(payment), \(place)::integer, \(body), \(due))
      ON CONFLICT (payment_id, place) DO NOTHING
      """)
  }

  /// When it pays, if ever. No row for what it never heard of.
  static func charge(
    _ payment: PaymentID
  ) -> Query<(settles: Timestamp?, isCancelled: Bool)> {
    Query(
      """
      SELECT c.settles_at, c.cancelled_at IS NOT NULL FROM payments.sandbox_charges AS c
      WHERE c.payment_id = \(payment)
      """
    ) { row in (try row.next(), try row.next()) }
  }

  /// Its calls go with it. Counts one when it is cancelled now.
  static func cancel(
    _ payment: PaymentID, unless method: SandboxMethod, at now: Timestamp
  ) -> SQL {
    """
    WITH cancelled AS (
      UPDATE payments.sandbox_charges AS c SET cancelled_at = \(now)
      WHERE c.payment_id = \(payment) AND c.cancelled_at IS NULL
        AND c.method <> \(method.rawValue) AND (c.settles_at IS NULL OR c.settles_at > \(now))
      RETURNING c.payment_id
    ), silenced AS (
      UPDATE payments.sandbox_callbacks AS b SET due_at = NULL
      WHERE b.payment_id IN (SELECT n.payment_id FROM cancelled AS n)
    )
    SELECT FROM cancelled
    """
  }

  struct Call {
    let payment: PaymentID
    let place: Int
    let body: String
    let tries: Int
    let fence: Int
    let trace: String?
  }

  static func claim(
    about payment: PaymentID?, at now: Timestamp, lease: Duration
  ) -> Query<Call> {
    let isAbout: SQL = payment.map { "AND d.payment_id = \($0)" } ?? ""
    return Query(
      """
      UPDATE payments.sandbox_callbacks AS c
      SET due_at = \(now + lease), tries = c.tries + 1, fence = c.fence + 1
      FROM (
        SELECT d.payment_id, d.place FROM payments.sandbox_callbacks AS d
        WHERE d.due_at <= \(now) \(isAbout)
        ORDER BY d.due_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED
      ) AS due
      WHERE c.payment_id = due.payment_id AND c.place = due.place
      RETURNING c.payment_id, c.place, c.body, c.tries, c.fence, (
        SELECT p.trace_parent FROM payments.payments AS p WHERE p.id = c.payment_id)
      """
    ) { row in
      Call(
        payment: try row.next(), place: try row.next(), body: try row.next(),
        tries: try row.next(), fence: try row.next(), trace: try row.next())
    }
  }

  static func settle(_ call: Call, due: Timestamp?, fault: String?) -> SQL {
    """
    UPDATE payments.sandbox_callbacks
    SET due_at = \(due), last_error = \(fault?.storable(500))
    WHERE payment_id = \(call.payment) AND place = \(call.place) AND fence = \(call.fence)
    """
  }
}
