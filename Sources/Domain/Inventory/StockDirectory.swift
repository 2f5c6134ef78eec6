package import Core
package import Postgres

/// What is read about stock, for its owner and for everybody.
package enum StockDirectory {
  /// One variant on the shelf, as its shop sees it.
  package struct Shelf: Sendable {
    package let level: StockLevel
    package let sku: String
    package let productName: String
    /// Whether it can be bought: product and shop are active.
    package let isOffered: Bool
    package let owner: UserID
  }

  package static func shelves(of product: ProductID, in database: some Querying) throws -> [Shelf] {
    try database.query(
      """
      SELECT \(StockStore.columns), c.sku, c.product_name, c.sellable, h.owner_id
      FROM inventory.stock AS s
      JOIN catalog_api.sellable AS c ON c.variant_id = s.variant_id
      JOIN shops_api.shops AS h ON h.id = s.shop_id
      WHERE s.product_id = \(product)
      ORDER BY c.position, s.variant_id
      """
    ) { row in try Shelf(&row) }
  }

  /// What of a shop's is low, by variant. Nil when it is not theirs to see. One more than
  /// `limit`, so that the caller sees whether there are others.
  package static func low(
    in shop: ShopID, for manager: ShopManager, after: VariantID?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (shelves: [Shelf], total: Int)? {
    let (shops, shelves, totals) = try database.read(
      isManaged(shop, by: manager),
      Query(
        """
        SELECT \(StockStore.columns), c.sku, c.product_name, c.sellable, h.owner_id
        FROM inventory.stock AS s
        JOIN catalog_api.sellable AS c ON c.variant_id = s.variant_id
        JOIN shops_api.shops AS h ON h.id = s.shop_id
        WHERE s.shop_id = \(shop) AND s.is_low \(isAfter(after))
        ORDER BY s.variant_id
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try Shelf(&row) },
      Query.reachable("SELECT 1 FROM inventory.stock AS s WHERE s.shop_id = \(shop) AND s.is_low"))
    return shops.isEmpty ? nil : (shelves, totals.first ?? 0)
  }

  /// A condition of its own where there is a cursor: the index can begin there.
  private static func isAfter(_ variant: VariantID?) -> SQL {
    if let variant { "AND s.variant_id > \(variant)" } else { "" }
  }

  private static func isManaged(_ shop: ShopID, by manager: ShopManager) -> Query<Bool> {
    Query(
      """
      SELECT true FROM shops_api.shops AS h
      WHERE h.id = \(shop) AND (\(manager.isAdmin) OR h.owner_id = \(manager.user))
      """
    ) { row in try row.next() }
  }

  /// What of a variant can be bought, looked up by its own id or its product's.
  package struct Offer: Sendable {
    package let variant: VariantID
    package let product: ProductID
    let isForSale: Bool
    package let available: Int
  }

  package static func offers(
    of variants: [VariantID], and products: [ProductID], in database: some Querying
  ) throws -> [Offer] {
    let (byVariant, byProduct) = try database.read(
      offers(where: "c.variant_id = ANY (\(variants))"),
      offers(where: "c.product_id = ANY (\(products))"))
    return byVariant + byProduct
  }

  private static func offers(where condition: SQL) -> Query<Offer> {
    Query(
      """
      SELECT c.variant_id, c.product_id, c.sellable,
             CASE WHEN c.sellable THEN s.available ELSE 0 END
      FROM catalog_api.sellable AS c
      JOIN inventory.stock AS s ON s.variant_id = c.variant_id
      WHERE \(condition)
      """
    ) { row in
      Offer(
        variant: try row.next(), product: try row.next(), isForSale: try row.next(),
        available: try row.next())
    }
  }
}

extension StockDirectory.Shelf {
  fileprivate init(_ row: inout Row) throws {
    level = try StockLevel(&row)
    sku = try row.next()
    productName = try row.next()
    isOffered = try row.next()
    owner = try row.next()
  }
}
