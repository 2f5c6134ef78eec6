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

  static func insert(_ order: Order, in transaction: Transaction) {
    transaction.enqueue(
      """
      INSERT INTO orders.orders (
        id, number, customer_id, hold_id, currency, subtotal, discount, shipping, address,
        payment_provider, payment_method, payment_method_id, payment_return_url, promotions,
        from_cart, placed_at, expires_at
      ) VALUES (
        \(order.id), \(order.number), \(order.customer), \(order.hold),
        \(order.subtotal.currency.rawValue), \(order.subtotal.amount), \(order.discount.amount),
        \(order.shipping.amount), \(order.address.text), \(order.payment.provider),
        \(order.payment.method), \(order.payment.savedMethod), \(order.payment.returnURL),
        \(order.promotions.text), \(order.isFromCart), \(order.placedAt), \(order.expiresAt)
      )
      """)
  }

  /// Whoever holds the row changes the order, its parcels and its returns alone.
  static func lock(_ id: OrderID) -> Query<Order> {
    Query("SELECT \(columns) FROM orders.orders AS o WHERE o.id = \(id) FOR UPDATE") { row in
      try Order(&row)
    }
  }

  /// Those that there are, in the order of their ids.
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

  static func insert(
    _ items: [Order.Item], of order: OrderID, in transaction: Transaction
  ) throws {
    let json = String(decoding: try JSONOutput.encode(items.map(Written.init)), as: UTF8.self)
    transaction.enqueue(
      """
      INSERT INTO orders.items (
        order_id, place, variant_id, product_id, shop_id, name, sku, options, image, quantity,
        unit_price, discount)
      SELECT \(order), n.place, n.variant_id, n.product_id, n.shop_id, n.name, n.sku, n.options,
             n.image, n.quantity, n.unit_price, n.discount
      FROM ROWS FROM (jsonb_to_recordset(\(json)::jsonb) AS (
             variant_id uuid, product_id uuid, shop_id uuid, name text, sku text, options jsonb,
             image text, quantity integer, unit_price bigint, discount bigint))
           WITH ORDINALITY AS n (
             variant_id, product_id, shop_id, name, sku, options, image, quantity, unit_price,
             discount, place)
      """)
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

  /// With ids as Postgres writes them.
  private struct Written: Encodable {
    let variantId: String
    let productId: String
    let shopId: String
    let name: String
    let sku: String?
    let options: RawJSON
    let image: String?
    let quantity: Int
    let unitPrice: Int
    let discount: Int

    init(_ item: Order.Item) {
      variantId = item.variant.uuid.description
      productId = item.product.uuid.description
      shopId = item.shop.uuid.description
      name = item.name
      sku = item.sku
      options = item.options
      image = item.image
      quantity = item.quantity
      unitPrice = item.unitPrice.amount
      discount = item.discount.amount
    }
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
