internal import Core
internal import Postgres

/// What other domains publish of things that events only name.
enum NewsDirectory {
  static func number(of order: OrderID) -> Query<Int> {
    Query("SELECT o.number FROM orders_api.orders AS o WHERE o.id = \(order)") { row in
      try row.next()
    }
  }

  /// Whose goods are in the orders.
  static func owners(of orders: [OrderID]) -> Query<(order: OrderID, owner: UserID)> {
    Query(
      """
      SELECT DISTINCT p.order_id, s.owner_id
      FROM orders_api.parcels AS p JOIN shops_api.shops AS s ON s.id = p.shop_id
      WHERE p.order_id = ANY (\(orders))
      """
    ) { row in (try row.next(), try row.next()) }
  }

  static func shop(_ id: ShopID) -> Query<(owner: UserID, name: String)> {
    Query("SELECT s.owner_id, s.name FROM shops_api.shops AS s WHERE s.id = \(id)") { row in
      (try row.next(), try row.next())
    }
  }

  static func product(of variant: VariantID) -> Query<String> {
    Query("SELECT s.product_name FROM catalog_api.sellable AS s WHERE s.variant_id = \(variant)") {
      row in try row.next()
    }
  }
}
