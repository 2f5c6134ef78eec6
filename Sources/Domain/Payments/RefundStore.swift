internal import Core
internal import Postgres

enum RefundStore {
  static let columns: SQL = """
    r.id, r.payment_id, r.parcel_id, r.currency, r.amount, r.reason, r.reference, r.status, r.asked,
    r.fence, r.provider_reference
    """

  static func insert(
    _ refund: Refund, by user: UserID?, due: Timestamp?, trace: String?, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO payments.refunds
        (id, payment_id, parcel_id, currency, amount, reason, reference, status, requested_by,
         due_at, trace_parent, created_at)
      VALUES
        (\(refund.id), \(refund.payment), \(refund.parcel), \(refund.amount.currency),
         \(refund.amount.amount), \(refund.reason), \(refund.reference), 'pending', \(user),
         \(due), \(trace), \(now))
      """)
  }

  static func find(_ reference: String) -> Query<Refund> {
    Query("SELECT \(columns) FROM payments.refunds AS r WHERE r.reference = \(reference)") { row in
      try Refund(&row)
    }
  }

  static func find(_ id: RefundID) -> Query<Refund> {
    Query("SELECT \(columns) FROM payments.refunds AS r WHERE r.id = \(id)") { row in
      try Refund(&row)
    }
  }

  /// All that were asked for an order by this reference, and after refusals by it with a number.
  static func attempts(_ reference: String, of order: OrderID) -> Query<Refund> {
    Query(
      """
      SELECT \(columns) FROM payments.payments AS p
      JOIN payments.refunds AS r ON r.payment_id = p.id
      WHERE p.order_id = \(order)
        AND (r.reference = \(reference) OR starts_with(r.reference, \(reference + " ")))
      ORDER BY r.id
      """
    ) { row in try Refund(&row) }
  }

  static func lock(_ id: RefundID) -> Query<Refund> {
    Query("SELECT \(columns) FROM payments.refunds AS r WHERE r.id = \(id) FOR NO KEY UPDATE") {
      row in try Refund(&row)
    }
  }

  /// What was given back of a parcel, or is on its way.
  static func sum(of parcel: ParcelID?) -> Query<Int> {
    Query(
      """
      SELECT COALESCE(sum(r.amount), 0)::bigint FROM payments.refunds AS r
      WHERE r.parcel_id = \(parcel) AND r.status <> 'failed'
      """
    ) { row in try row.next() }
  }

  /// How often giving it back has failed for good.
  static func failures(of payment: PaymentID) -> Query<Int> {
    Query(
      """
      SELECT count(*) FROM payments.refunds AS r
      WHERE r.payment_id = \(payment) AND r.status = 'failed'
      """
    ) { row in try row.next() }
  }

  /// The same of all payments of an order that have failures.
  static func failures(of payments: OrderID) -> Query<(payment: PaymentID, count: Int)> {
    Query(
      """
      SELECT r.payment_id, count(*) FROM payments.refunds AS r
      JOIN payments.payments AS p ON p.id = r.payment_id
      WHERE p.order_id = \(payments) AND r.status = 'failed'
      GROUP BY r.payment_id
      """
    ) { row in (try row.next(), try row.next()) }
  }

  static func note(_ fault: String, of refund: Refund, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE payments.refunds SET last_error = \(fault.storable(500))
      WHERE id = \(refund.id)
      """)
  }

  static func settle(
    _ refund: Refund, as status: Refund.Status, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.refunds SET status = \(status), settled_at = \(now), due_at = NULL
      WHERE id = \(refund.id)
      """)
  }
}
