package import Core
internal import Postgres

package enum ReturnStore {
  /// Of `orders.returns AS r`, with its parcel as `p` and its order as `o`.
  static let columns: SQL = """
    r.id, r.order_id, r.parcel_id, p.shop_id, o.customer_id, r.status, r.reason, r.currency,
    r.amount, r.restock, r.note, r.requested_at, r.decided_at, r.received_at, r.refunded_at,
    r.version
    """

  static let tables: SQL = """
    orders.returns AS r
    JOIN orders.parcels AS p ON p.id = r.parcel_id
    JOIN orders.orders AS o ON o.id = r.order_id
    """

  static func insert(
    _ id: ReturnID, of parcel: Parcel, reason: String, amount: Int,
    _ items: [(variant: VariantID, quantity: Int, amount: Int)], at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO orders.returns (
        id, order_id, parcel_id, reason, currency, amount, requested_at
      ) VALUES (
        \(id), \(parcel.order), \(parcel.id), \(reason), \(parcel.amount.currency.rawValue),
        \(amount), \(now)
      )
      """)
    transaction.enqueue(
      """
      INSERT INTO orders.return_items (return_id, variant_id, quantity, amount)
      SELECT \(id), n.variant_id, n.quantity, n.amount
      FROM unnest(\(items.map(\.variant)), \(items.map(\.quantity)), \(items.map(\.amount)))
        AS n (variant_id, quantity, amount)
      """)
  }

  /// What is promised for what comes back, or was given for it.
  static func promised(of order: OrderID) -> Query<(variant: VariantID, amount: Int)> {
    Query(
      """
      SELECT t.variant_id, sum(t.amount)::bigint
      FROM orders.returns AS r JOIN orders.return_items AS t ON t.return_id = r.id
      WHERE r.order_id = \(order) AND r.status <> 'rejected'
      GROUP BY t.variant_id
      """
    ) { row in (try row.next(), try row.next()) }
  }

  /// Locks the order it belongs to, which stands for it.
  static func lockOrder(of id: ReturnID) -> Query<Order> {
    Query(
      """
      SELECT \(OrderStore.columns) FROM orders.orders AS o
      WHERE o.id = (SELECT r.order_id FROM orders.returns AS r WHERE r.id = \(id))
      FOR UPDATE
      """
    ) { row in try Order(&row) }
  }

  /// For whom it is: nil asks for nobody in particular.
  static func find(_ id: ReturnID, for reader: Reader) -> Query<Return> {
    Query(
      """
      SELECT \(columns) FROM \(tables) WHERE r.id = \(id) AND \(isVisible(to: reader))
      """
    ) { row in try Return(&row) }
  }

  static func items(of id: ReturnID) -> Query<Return.Item> {
    Query(
      """
      SELECT t.variant_id, t.quantity, t.amount, r.currency
      FROM orders.return_items AS t JOIN orders.returns AS r ON r.id = t.return_id
      WHERE t.return_id = \(id)
      ORDER BY t.variant_id
      """
    ) { row in
      Return.Item(
        variantId: try row.next(), quantity: try row.next(),
        amount: Money(try row.next(), try row.next()))
    }
  }

  package enum Reader: Sendable {
    /// Its customer, its shop, and administrators.
    case person(Actor)
    case shop(ShopManager)
    case anybody
  }

  private static func isVisible(to reader: Reader) -> SQL {
    switch reader {
    case .anybody: "true"
    case .shop(let manager): isOfShop(manager.user, manager.isAdmin)
    case .person(let person):
      """
      (o.customer_id = \(person.user) OR \(isOfShop(person.user, person.isAdmin)))
      """
    }
  }

  private static func isOfShop(_ user: UserID, _ isAdmin: Bool) -> SQL {
    """
    (\(isAdmin) OR EXISTS (
      SELECT FROM shops_api.shops AS s WHERE s.id = p.shop_id AND s.owner_id = \(user)))
    """
  }

  static func setStatus(
    _ status: ReturnStatus, of id: ReturnID, restock: Bool?, note: String?, at now: Timestamp,
    in transaction: Transaction
  ) {
    let isDecision = status == .approved || status == .rejected
    transaction.enqueue(
      """
      UPDATE orders.returns AS r
      SET status = \(status), version = r.version + 1, restock = COALESCE(\(restock), r.restock),
          note = COALESCE(\(note), r.note),
          decided_at = CASE WHEN \(isDecision) THEN \(now) ELSE r.decided_at END,
          received_at = CASE WHEN \(status == .received) THEN \(now) ELSE r.received_at END,
          refunded_at = CASE WHEN \(status == .refunded) THEN \(now) ELSE r.refunded_at END
      WHERE r.id = \(id)
      """)
  }
}
