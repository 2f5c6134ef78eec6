package import Core
package import Postgres

/// What orders tell the catalogue.
package enum SalesStore {
  /// What these orders bought was sold, or comes back; nothing for orders that never came so far.
  /// In the order of the products' ids, so that two who tell of the same ones wait in one direction
  /// only.
  package static func count(
    sold: [OrderID], givenBack: [OrderID], in transaction: Transaction
  ) {
    let signs = sold.map { _ in 1 } + givenBack.map { _ in -1 }
    transaction.enqueue(
      """
      SELECT catalog_api.sold(q.product_id, q.quantity)
      FROM (
        SELECT s.product_id, sum(s.quantity * n.sign)::bigint AS quantity
        FROM unnest(\(sold + givenBack), \(signs)) AS n (order_id, sign)
        JOIN orders_api.sales AS s ON s.order_id = n.order_id
        GROUP BY s.product_id
        ORDER BY s.product_id
      ) AS q
      """)
  }

  /// From now on the customer may say what they think of these.
  package static func delivered(
    _ products: Set<ProductID>, to customer: UserID, with order: OrderID, at time: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      SELECT catalog_api.delivered(\(customer), p.id, \(order), \(time))
      FROM unnest(\(products.sorted())) AS p (id)
      """)
  }
}
