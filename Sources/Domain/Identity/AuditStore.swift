internal import Core
internal import Postgres

enum AuditStore {
  static func insert(
    _ change: RightsChange, _ action: String, from before: String, to after: String, id: UUID,
    at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO identity.audit
        (id, actor_id, user_id, action, before, after, reason, request_id, created_at)
      VALUES
        (\(id), \(change.actor), \(change.user), \(action), \(before), \(after),
         \(change.reason), \(change.requestID), \(now))
      """)
  }
}
