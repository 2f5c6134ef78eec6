internal import Core
internal import JSON
internal import Postgres

package enum OrderStore {
  /// Of `orders.orders AS o`.
  static let columns: SQL = """
    o.id, o.number, o.customer_id, o.hold_id, o.status, o.currency, o.subtotal, o.discount,
    o.shipping, o.address::text, o.payment_provider, o.payment_method, o.payment_method_id,
    o.payment_return_url, o.promotions::text, o.from_cart, o.version, o.placed_at, o.expires_at,
    o.confirmed_at, o.paid_at, o.delivered_at, o.cancelled_at, o.cancel_reason
    """

  /// Those that there are, in the order of their ids. Whoever holds a row changes the order, its
  /// parcels and its returns alone.
  static func lock(_ ids: [OrderID]) -> Query<Order> {
    Query(
      """
      SELECT \(columns) FROM orders.orders AS o WHERE o.id = ANY (\(ids)) ORDER BY o.id FOR UPDATE
      """
    ) { row in try Order(&row) }
  }

  static func lock(_ id: OrderID, of customer: UserID, orAdmin isAdmin: Bool) -> Query<Order> {
    Query(
      """
      SELECT \(columns) FROM orders.orders AS o
      WHERE o.id = \(id) AND (\(isAdmin) OR o.customer_id = \(customer))
      FOR UPDATE
      """
    ) { row in try Order(&row) }
  }

  /// The moments a state leaves behind are written the first time it is reached.
  static func setStatus(
    _ status: OrderStatus, of id: OrderID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE orders.orders AS o
      SET status = \(status), version = o.version + 1,
          shipped_at = CASE WHEN \(status == .shipped) THEN COALESCE(o.shipped_at, \(now))
                       ELSE o.shipped_at END,
          delivered_at = CASE WHEN \(status == .delivered) THEN COALESCE(o.delivered_at, \(now))
                         ELSE o.delivered_at END,
          completed_at = CASE WHEN \(status == .completed) THEN \(now) ELSE o.completed_at END
      WHERE o.id = \(id)
      """)
  }

  static func setPaid(_ id: OrderID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE orders.orders AS o SET version = o.version + 1, paid_at = COALESCE(o.paid_at, \(now))
      WHERE o.id = \(id)
      """)
  }

  static func setDead(
    _ status: OrderStatus, reason: String, of id: OrderID, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE orders.orders AS o
      SET status = \(status), version = o.version + 1, cancelled_at = \(now),
          cancel_reason = left(\(reason), 500)
      WHERE o.id = \(id)
      """)
  }

  /// Another attempt to pay: it holds its goods anew, and by another name.
  static func setRetried(
    _ id: OrderID, hold: OrderID, _ payment: PaymentChoice, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE orders.orders AS o
      SET status = 'pending', version = o.version + 1, hold_id = \(hold), cancelled_at = NULL,
          cancel_reason = NULL, payment_provider = \(payment.provider),
          payment_method = \(payment.method), payment_method_id = \(payment.savedMethod),
          payment_return_url = \(payment.returnURL)
      WHERE o.id = \(id)
      """)
  }
}

package enum ItemStore {
  /// Of `orders.items AS i`, with their order's row as `o`.
  static let columns: SQL = """
    i.variant_id, i.product_id, i.shop_id, i.name, i.sku, i.options::text, i.image,
    i.quantity, o.currency, i.unit_price, i.discount, i.returned
    """

  static func list(of order: OrderID) -> Query<Order.Item> {
    Query(
      """
      SELECT \(columns) FROM orders.items AS i JOIN orders.orders AS o ON o.id = i.order_id
      WHERE i.order_id = \(order)
      ORDER BY i.place
      """
    ) { row in try Order.Item(&row) }
  }

  static func list(of orders: [OrderID]) -> Query<(order: OrderID, item: Order.Item)> {
    Query(
      """
      SELECT i.order_id, \(columns)
      FROM orders.items AS i JOIN orders.orders AS o ON o.id = i.order_id
      WHERE i.order_id = ANY (\(orders))
      ORDER BY i.order_id, i.place
      """
    ) { row in (try row.next(), try Order.Item(&row)) }
  }

  static func addReturned(
    _ quantities: [VariantID: Int], of order: OrderID, in transaction: Transaction
  ) {
    let variants = quantities.keys.sorted()
    transaction.enqueue(
      """
      UPDATE orders.items AS i SET returned = i.returned + r.quantity
      FROM unnest(\(variants), \(variants.map { quantities[$0] ?? 0 })) AS r (variant_id, quantity)
      WHERE i.order_id = \(order) AND i.variant_id = r.variant_id
      """)
  }
}

/// An order whose checkout is over.
struct ConfirmedOrder: LateRow {
  let order: OrderID
  let status: OrderStatus
  let at: Timestamp
  let paidAt: Timestamp?

  static func statements(_ rows: [ConfirmedOrder]) -> [SQL] {
    [
      """
      UPDATE orders.orders AS o
      SET status = n.status, version = o.version + 1, confirmed_at = n.at, paid_at = n.paid_at
      FROM unnest(
        \(rows.map(\.order)), \(rows.map(\.status.rawValue))::text[], \(rows.map(\.at)),
        \(rows.map(\.paidAt))
      ) AS n (order_id, status, at, paid_at)
      WHERE o.id = n.order_id
      """
    ]
  }
}
