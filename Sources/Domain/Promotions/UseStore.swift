internal import Core
internal import Postgres

enum UseStore {
  /// A row comes back when the order is new. Another transaction that inserts it is waited for.
  static func insertOrder(_ order: OrderID, of customer: UserID, at now: Timestamp) -> Query<Bool> {
    Query(
      """
      INSERT INTO promotions.orders (order_id, customer_id, state, created_at)
      VALUES (\(order), \(customer), 'taken', \(now))
      ON CONFLICT (order_id) DO NOTHING
      RETURNING true
      """
    ) { row in try row.next() }
  }

  static func insertDeadOrder(_ order: OrderID, at now: Timestamp) -> Query<Bool> {
    Query(
      """
      INSERT INTO promotions.orders (order_id, state, created_at)
      VALUES (\(order), 'given_back', \(now))
      ON CONFLICT (order_id) DO NOTHING
      RETURNING true
      """
    ) { row in try row.next() }
  }

  static func lockOrder(_ order: OrderID) -> Query<UseState> {
    Query("SELECT o.state FROM promotions.orders AS o WHERE o.order_id = \(order) FOR UPDATE") {
      row in try row.next()
    }
  }

  static func lockPromotions(of order: OrderID) -> Query<PromotionID> {
    Query(
      """
      SELECT p.id FROM promotions.promotions AS p
      WHERE p.id IN (SELECT u.promotion_id FROM promotions.uses AS u WHERE u.order_id = \(order))
      ORDER BY p.id
      FOR UPDATE
      """
    ) { row in try row.next() }
  }

  /// Exact while the promotions are locked.
  static func counts(of promotions: [PromotionID], by customer: UserID)
    -> Query<(promotion: PromotionID, used: Int)>
  {
    Query(
      """
      SELECT c.promotion_id, c.used FROM promotions.customers AS c
      WHERE c.promotion_id = ANY (\(promotions)) AND c.customer_id = \(customer)
      """
    ) { row in (try row.next(), try row.next()) }
  }

  static func take(
    _ promotions: [PromotionID], for order: OrderID, of customer: UserID,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO promotions.uses (promotion_id, order_id)
      SELECT p.id, \(order) FROM unnest(\(promotions)) AS p (id)
      """)
    transaction.enqueue(
      """
      UPDATE promotions.promotions AS p SET used = p.used + 1 WHERE p.id = ANY (\(promotions))
      """)
    transaction.enqueue(
      """
      INSERT INTO promotions.customers AS c (promotion_id, customer_id, used)
      SELECT p.id, \(customer), 1 FROM unnest(\(promotions)) AS p (id)
      ON CONFLICT (promotion_id, customer_id) DO UPDATE SET used = c.used + 1
      """)
  }

  static func giveBack(_ order: OrderID, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE promotions.promotions AS p SET used = p.used - 1
      FROM promotions.uses AS u WHERE u.order_id = \(order) AND p.id = u.promotion_id
      """)
    transaction.enqueue(
      """
      UPDATE promotions.customers AS c SET used = c.used - 1
      FROM promotions.uses AS u
      JOIN promotions.orders AS o ON o.order_id = u.order_id
      WHERE u.order_id = \(order) AND c.promotion_id = u.promotion_id
        AND c.customer_id = o.customer_id
      """)
    transaction.enqueue(
      "UPDATE promotions.orders SET state = 'given_back' WHERE order_id = \(order)")
  }
}
