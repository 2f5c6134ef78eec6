internal import Core
internal import Postgres

enum PaymentStore {
  static let columns: SQL = """
    p.id, p.order_id, p.customer_id, p.provider, p.method, p.method_id, p.status, p.currency,
    p.amount, p.captured, p.refunding, p.refunded, p.failure, p.return_url, p.redirect_url,
    p.provider_reference, p.is_created, p.due_at, p.asked, p.asked_most,
    p.closing, p.asking_until, p.known_at, p.refusals, p.fence, p.abandoned_at,
    p.expires_at, p.trace_parent
    """

  /// Opens it, as far as it has come already, unless the order has one that nobody has given up.
  static func insert(
    _ draft: PaymentDraft, as finding: Finding? = nil, at now: Timestamp
  ) -> Query<Payment> {
    let due = draft.provider.isOutside && finding == nil ? now : nil
    let state = OpeningState(finding)
    return Query(
      """
      INSERT INTO payments.payments AS p
        (id, order_id, customer_id, provider, method, method_id, status, currency, amount,
         captured, failure, paid_at, return_url, due_at, expires_at, trace_parent, created_at,
         updated_at)
      SELECT \(draft.id), \(draft.order), \(draft.customer), \(draft.provider), \(draft.method),
             \(draft.savedMethod)::uuid, \(state.status), \(draft.amount.currency),
             \(draft.amount.amount), \(state.isPaid ? draft.amount.amount : 0),
             \(state.failure?.storable(200)), \(state.isPaid ? now : nil),
             \(draft.returnURL), \(due), \(draft.expiresAt),
             \(draft.trace), \(now), \(now)
      WHERE NOT EXISTS (
        SELECT FROM payments.payments AS o
        WHERE o.order_id = \(draft.order) AND o.abandoned_at IS NULL)
      ON CONFLICT DO NOTHING
      RETURNING \(columns)
      """
    ) { row in try Payment(&row) }
  }

  static func lock(_ id: PaymentID) -> Query<Payment> {
    Query(
      "SELECT \(columns) FROM payments.payments AS p WHERE p.id = \(id) FOR NO KEY UPDATE"
    ) { row in try Payment(&row) }
  }

  /// The one that nobody has given up.
  static func lockCurrent(of order: OrderID) -> Query<Payment> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      WHERE p.order_id = \(order) AND p.abandoned_at IS NULL
      ORDER BY p.id DESC
      LIMIT 1
      FOR NO KEY UPDATE
      """
    ) { row in try Payment(&row) }
  }

  /// The one that has money, or else the last one.
  static func lockPaid(of order: OrderID) -> Query<Payment> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      WHERE p.order_id = \(order)
      ORDER BY p.captured = p.refunded + p.refunding, p.abandoned_at IS NOT NULL, p.id DESC
      LIMIT 1
      FOR NO KEY UPDATE
      """
    ) { row in try Payment(&row) }
  }

  static func lockAll(of order: OrderID) -> Query<Payment> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      WHERE p.order_id = \(order)
      ORDER BY p.id
      FOR NO KEY UPDATE
      """
    ) { row in try Payment(&row) }
  }

  /// Given up, with money that no refund has been promised. Others may be at them.
  static func lockUnwanted(limit: Int) -> Query<Payment> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      WHERE p.abandoned_at IS NOT NULL AND p.captured > p.refunded
        AND p.captured > p.refunded + p.refunding
      ORDER BY p.id
      LIMIT \(limit)
      FOR NO KEY UPDATE SKIP LOCKED
      """
    ) { row in try Payment(&row) }
  }

  static func lockOverdueTopUps(at now: Timestamp, limit: Int) -> Query<Payment> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      WHERE p.order_id IS NULL AND p.status = 'pending' AND p.expires_at <= \(now)
      ORDER BY p.expires_at
      LIMIT \(limit)
      FOR NO KEY UPDATE SKIP LOCKED
      """
    ) { row in try Payment(&row) }
  }

  /// Those of these orders that have one, given up or not.
  static func withPayment(_ orders: [OrderID]) -> Query<OrderID> {
    Query(
      """
      SELECT n.id FROM unnest(\(orders)) AS n (id)
      WHERE EXISTS (SELECT FROM payments.payments AS p WHERE p.order_id = n.id)
      """
    ) { row in try row.next() }
  }

  /// The one that counts: what nobody has given up, or else the last one.
  static func current(of order: OrderID) -> Query<Payment> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      WHERE p.order_id = \(order)
      ORDER BY p.abandoned_at IS NOT NULL, p.id DESC
      LIMIT 1
      """
    ) { row in try Payment(&row) }
  }

  // MARK: Changes, of payments that are locked

  static func setCaptured(_ payment: Payment, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE payments.payments SET status = 'captured', captured = amount, failure = NULL,
        due_at = NULL, last_error = NULL, paid_at = \(now), version = version + 1,
        updated_at = \(now)
      WHERE id = \(payment.id)
      """)
  }

  static func setStatus(
    _ status: Payment.Status, failure: String? = nil, of payment: Payment, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.payments SET status = \(status),
        failure = \(failure?.storable(200)), due_at = NULL, version = version + 1,
        updated_at = \(now)
      WHERE id = \(payment.id)
      """)
  }

  static func setAbandoned(
    _ payment: Payment, reason: String, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.payments SET abandoned_at = \(now),
        abandon_reason = \(reason.storable(500)),
        version = version + 1, updated_at = \(now)
      WHERE id = \(payment.id) AND abandoned_at IS NULL
      """)
  }

  static func lower(
    _ id: PaymentID, by amount: Int, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.payments AS p
      SET amount = p.amount - \(amount), version = p.version + 1, updated_at = \(now)
      WHERE p.id = \(id)
      """)
  }

  /// Only of one that the provider knows. One question more than there were, with an end to it.
  static func hurry(
    _ id: PaymentID, for reader: PaymentReader, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.payments AS p
      SET due_at = GREATEST(\(now), p.asking_until),
          asked_most = GREATEST(p.asked_most, p.asked + 1)
      WHERE \(mayBeAsked(id, by: reader)) AND (p.due_at IS NULL OR p.due_at > \(now))
      """)
  }

  /// Of `payments AS p`: it is theirs, and its provider knows of it and may know more, also of
  /// money for what was given up.
  static func mayBeAsked(_ id: PaymentID, by reader: PaymentReader) -> SQL {
    """
    p.id = \(id) AND (\(reader.isAdmin) OR p.customer_id = \(reader.user))
      AND p.status IN ('pending', 'cancelled') AND p.is_created
      AND p.asked < \(constant: Questions.askedMost)
    """
  }

  static func setDue(_ due: Timestamp?, of id: PaymentID, in transaction: Transaction) {
    transaction.enqueue(
      "UPDATE payments.payments SET due_at = \(due) WHERE id = \(id)")
  }

  static func setReturnURL(_ url: String, of payment: Payment, in transaction: Transaction) {
    transaction.enqueue(
      "UPDATE payments.payments SET return_url = \(url) WHERE id = \(payment.id)")
  }

  static func setRefunds(of payment: Payment, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE payments.payments SET refunding = \(payment.refunding), refunded = \(payment.refunded),
        status = \(payment.status), version = version + 1, updated_at = \(now)
      WHERE id = \(payment.id)
      """)
  }
}

/// An order's first payment, settled the moment it is opened.
struct SettledPayment: LateRow {
  let draft: PaymentDraft
  let finding: Finding
  let at: Timestamp

  static func statements(_ rows: [SettledPayment]) -> [SQL] {
    let drafts = rows.map(\.draft)
    let states = rows.map { OpeningState($0.finding) }
    let paid = zip(rows, states).map { row, state in state.isPaid ? row : nil }
    return [
      """
      INSERT INTO payments.payments
        (id, order_id, customer_id, provider, method, method_id, status, currency, amount,
         captured, failure, paid_at, return_url, expires_at, trace_parent, created_at, updated_at)
      SELECT n.id, n.order_id, n.customer_id, n.provider, n.method, n.method_id, n.status,
             n.currency, n.amount, n.captured, n.failure, n.paid_at, n.return_url, n.expires_at,
             n.trace_parent, n.at, n.at
      FROM unnest(
        \(drafts.map(\.id)), \(drafts.map(\.order)), \(drafts.map(\.customer)),
        \(drafts.map(\.provider.rawValue))::text[], \(drafts.map(\.method))::text[],
        \(drafts.map(\.savedMethod)), \(states.map(\.status.rawValue))::text[],
        \(drafts.map(\.amount.currency.rawValue))::text[], \(drafts.map(\.amount.amount)),
        \(paid.map { $0?.draft.amount.amount ?? 0 }),
        \(states.map { $0.failure?.storable(200) })::text[],
        \(paid.map(\.?.at)), \(drafts.map(\.returnURL))::text[], \(drafts.map(\.expiresAt)),
        \(drafts.map(\.trace))::text[], \(rows.map(\.at))
      ) AS n (
        id, order_id, customer_id, provider, method, method_id, status, currency, amount, captured,
        failure, paid_at, return_url, expires_at, trace_parent, at)
      """
    ]
  }
}

/// What is written of a payment that is settled while it is opened.
struct OpeningState {
  let status: Payment.Status
  private(set) var failure: String?

  var isPaid: Bool { status == .captured }

  init(_ finding: Finding?) {
    switch finding {
    case .authorized: status = .authorized
    case .captured: status = .captured
    case .failed(let reason):
      status = .failed
      failure = reason
    case .pending, .unknown, nil: status = .pending
    }
  }
}
