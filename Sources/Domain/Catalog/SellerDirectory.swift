package import Core
package import Postgres

/// What a shop has on its shelves and in its drawers: for its seller alone.
package enum SellerDirectory {
  /// The newest first; nil of `status` are all. One more than `limit`. Also the shop's owner, nil
  /// when there is no such shop, in the same round trip.
  package static func list(
    of shop: ShopID, _ status: ProductStatus?, after place: ProductPlace?, limit: Int,
    offset: Int, in database: some Querying
  ) throws -> (products: [PlacedProduct], owner: UserID?, total: Int) {
    let states = status.map { [$0.rawValue] } ?? ProductStatus.allCases.map(\.rawValue)
    let (found, owners, totals) = try database.read(
      Query(page(shop, states, after: place, limit: limit, offset: offset)) { row in
        let product = try Product(&row)
        return PlacedProduct(
          product: product,
          place: ProductPlace(value: Int(product.createdAt.microseconds), id: product.id))
      },
      Query("SELECT s.owner_id FROM shops_api.shops AS s WHERE s.id = \(shop)") { row in
        try row.next() as UserID
      },
      Query.reachable(
        """
        SELECT 1 FROM catalog.products AS p
        WHERE p.shop_id = \(shop) AND p.status = ANY (\(states))
        """, upTo: ProductDirectory.pagesMax * limit))
    return (found, owners.first, totals.first ?? 0)
  }

  private static func page(
    _ shop: ShopID, _ states: [String], after place: ProductPlace?, limit: Int, offset: Int
  ) -> SQL {
    """
    WITH page AS (
      SELECT one.id, one.created_at
      FROM unnest(\(states)::text[]) AS scope (status)
      CROSS JOIN LATERAL (
        SELECT p.id, p.created_at FROM catalog.products AS p
        WHERE p.shop_id = \(shop) AND p.status = scope.status
          \(place.map(ProductOrder(.newest).beyond) ?? "")
        ORDER BY p.created_at DESC, p.id DESC
        LIMIT \(constant: ProductDirectory.atLeast(limit + 1 + offset))
      ) AS one
      ORDER BY one.created_at DESC, one.id DESC
      LIMIT \(limit + 1) OFFSET \(offset)
    )
    SELECT \(ProductStore.columns)
    FROM page
    JOIN catalog.products AS p ON p.id = page.id \(ProductStore.joins)
    ORDER BY page.created_at DESC, page.id DESC
    """
  }
}
