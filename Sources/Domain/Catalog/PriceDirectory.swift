package import Core
package import Postgres

/// What a variant cost from some moment on.
package struct PastPrice: Encodable, Sendable {
  package let number: Int
  package let variantId: VariantID
  package let price: Money
  package let changedBy: UserID
  package let changedAt: Timestamp

  private enum CodingKeys: String, CodingKey {
    case variantId, price, changedBy, changedAt
  }

  init(_ row: inout Row) throws {
    number = try row.next()
    variantId = try row.next()
    price = Money(try row.next(), try row.next())
    changedBy = try row.next()
    changedAt = try row.next()
  }
}

package enum PriceDirectory {
  /// The latest first, one more than `limit`; and how many there are as far as pages reach, and
  /// who owns the shop, nil when there is no such product.
  package static func list(
    of product: ProductID, before number: Int?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (prices: [PastPrice], total: Int, owner: UserID?) {
    let (prices, totals, owners) = try database.read(
      Query(
        """
        SELECT h.id, h.variant_id, h.price, h.currency, h.changed_by, h.changed_at
        FROM catalog.price_history AS h
        WHERE h.product_id = \(product) AND h.id < \(number ?? Int.max)
        ORDER BY h.id DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try PastPrice(&row) },
      Query.reachable(
        "SELECT 1 FROM catalog.price_history AS h WHERE h.product_id = \(product)",
        upTo: ProductDirectory.pagesMax * limit),
      Query(
        """
        SELECT s.owner_id FROM catalog.products AS p
        JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.id = \(product)
        """
      ) { row in try row.next() as UserID })
    return (prices, totals.first ?? 0, owners.first)
  }
}
