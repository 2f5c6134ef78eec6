internal import Core
internal import Postgres

enum ShopAuditStore {
  /// Who changed the status of whose shop, and why.
  struct Entry {
    let actor: UserID
    let shop: ShopID
    let before: ShopStatus
    let after: ShopStatus
    let reason: String?
    let requestID: String
  }

  static func insert(
    _ entry: Entry, id: UUID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO shops.audit
        (id, actor_id, shop_id, action, before, after, reason, request_id, created_at)
      VALUES
        (\(id), \(entry.actor), \(entry.shop), 'status', \(entry.before), \(entry.after),
         \(entry.reason), \(entry.requestID), \(now))
      """)
  }
}
