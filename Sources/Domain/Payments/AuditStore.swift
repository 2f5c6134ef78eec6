internal import Core
internal import Postgres

enum AuditStore {
  static func insert(
    _ action: String, _ payment: PaymentID, _ refund: RefundID?, by actor: UserID,
    reason: String, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO payments.audit (actor_id, action, payment_id, refund_id, reason, created_at)
      VALUES (\(actor), \(action), \(payment), \(refund), \(reason), \(now))
      """)
  }
}
