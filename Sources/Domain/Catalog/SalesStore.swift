package import Core
package import Postgres

/// What orders tell the catalogue.
package enum SalesStore {
  /// So many more pieces were sold, or fewer. In the order of the products' ids, so that two who
  /// tell of the same ones wait in one direction only.
  package static func sold(_ quantities: [ProductID: Int], in transaction: Transaction) {
    let products = quantities.keys.sorted()
    transaction.enqueue(
      """
      SELECT catalog_api.sold(q.product_id, q.quantity)
      FROM (
        SELECT * FROM unnest(\(products), \(products.map { quantities[$0] ?? 0 }))
          AS n (product_id, quantity)
        ORDER BY n.product_id
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
