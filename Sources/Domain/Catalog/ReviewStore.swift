internal import Core
internal import HTTP
internal import Postgres

enum ReviewStore {
  static let columns: SQL = """
    v.id, v.product_id, v.user_id, COALESCE(u.full_name, ''), u.avatar_url, v.rating, v.text,
    v.status, v.version, v.created_at, v.updated_at
    """

  static let author: SQL = "LEFT JOIN identity_api.people AS u ON u.id = v.user_id"

  static func find(_ id: ReviewID, in transaction: Transaction) throws -> Review? {
    try transaction.first(
      "SELECT \(columns) FROM catalog.reviews AS v \(author) WHERE v.id = \(id)"
    ) { row in try Review(&row) }
  }

  /// Keeps the row from changing until the transaction ends.
  static func lock(_ id: ReviewID, in transaction: Transaction) throws -> Review? {
    try transaction.first(
      """
      SELECT \(columns) FROM catalog.reviews AS v \(author) WHERE v.id = \(id)
      FOR UPDATE OF v
      """
    ) { row in try Review(&row) }
  }

  /// What an author may not know before they write: whether anybody sees the product, and whether
  /// they received it. Orders report deliveries by `catalog_api.delivered`.
  static func standing(of user: UserID, on product: ProductID, in transaction: Transaction) throws
    -> (isPublic: Bool, isDelivered: Bool)?
  {
    try transaction.first(
      """
      SELECT p.status = 'active' AND s.status = 'active',
             EXISTS (SELECT FROM catalog.deliveries AS d
                     WHERE d.customer_id = \(user) AND d.product_id = p.id)
      FROM catalog.products AS p
      JOIN shops_api.shops AS s ON s.id = p.shop_id
      WHERE p.id = \(product)
      """
    ) { row in (try row.next() as Bool, try row.next() as Bool) }
  }

  /// False when the user has reviewed the product already.
  static func insert(
    _ id: ReviewID, of product: ProductID, by user: UserID, rating: Int, text: String,
    at now: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      """
      INSERT INTO catalog.reviews (id, product_id, user_id, rating, text, created_at, updated_at)
      VALUES (\(id), \(product), \(user), \(rating), \(text), \(now), \(now))
      ON CONFLICT ON CONSTRAINT reviews_once_per_product DO NOTHING
      """) == 1
  }

  static func update(
    _ id: ReviewID, rating: Int, text: String, status: ReviewStatus, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE catalog.reviews
      SET rating = \(rating), text = \(text), status = \(status), version = version + 1,
          updated_at = \(now)
      WHERE id = \(id)
      """)
  }

  static func delete(_ id: ReviewID, in transaction: Transaction) {
    transaction.enqueue("DELETE FROM catalog.reviews WHERE id = \(id)")
  }

  /// Who hid or showed which review, and why.
  struct AuditEntry {
    let actor: UserID
    let review: ReviewID
    let before: ReviewStatus
    let after: ReviewStatus
    let reason: String?
    let requestID: String
  }

  static func audit(
    _ entry: AuditEntry, id: UUID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO catalog.audit
        (id, actor_id, review_id, action, before, after, reason, request_id, created_at)
      VALUES
        (\(id), \(entry.actor), \(entry.review), 'status', \(entry.before), \(entry.after),
         \(entry.reason), \(entry.requestID), \(now))
      """)
  }
}
