internal import Core
internal import Postgres

enum StockStore {
  static let columns: SQL = """
    s.variant_id, s.product_id, s.shop_id, s.on_hand, s.reserved, s.low_stock_threshold, s.version
    """

  /// All variants of a product, where they manage its shop. Nobody else can change them until the
  /// transaction ends.
  static func lock(_ product: ProductID, for manager: ShopManager) -> Query<StockLevel> {
    Query(
      """
      SELECT \(columns) FROM inventory.stock AS s
      WHERE s.product_id = \(product)
        AND s.shop_id IN (
          SELECT h.id FROM shops_api.shops AS h
          WHERE \(manager.isAdmin) OR h.owner_id = \(manager.user)
        )
      ORDER BY s.variant_id
      FOR UPDATE
      """
    ) { row in try StockLevel(&row) }
  }

  static func lock(_ variants: [VariantID]) -> Query<StockLevel> {
    Query(
      """
      SELECT \(columns) FROM inventory.stock AS s
      WHERE s.variant_id = ANY (\(variants))
      ORDER BY s.variant_id
      FOR UPDATE
      """
    ) { row in try StockLevel(&row) }
  }

  /// What these orders hold.
  static func lock(heldBy orders: [OrderID]) -> Query<StockLevel> {
    Query(
      """
      SELECT \(columns) FROM inventory.stock AS s
      WHERE s.variant_id IN (
        SELECT l.variant_id FROM inventory.reservation_lines AS l WHERE l.order_id = ANY (\(orders))
      )
      ORDER BY s.variant_id
      FOR UPDATE
      """
    ) { row in try StockLevel(&row) }
  }

  /// Tells the catalogue, in the same transaction, which products turned.
  static func count(
    _ turns: [(product: ProductID, step: Int)], in transaction: Transaction
  ) {
    guard !turns.isEmpty else { return }
    transaction.enqueue(
      """
      SELECT inventory.count_variants(\(turns.map(\.product)), \(turns.map(\.step))::integer[])
      """)
  }
}

/// A level as it is now. Of one that changed several times the last counts.
struct ChangedLevel: LateRow {
  let level: StockLevel
  let at: Timestamp

  static func statements(_ rows: [ChangedLevel]) -> [SQL] {
    let last = Dictionary(rows.map { ($0.level.variant, $0) }, uniquingKeysWith: { $1 }).values
      .sorted { $0.level.variant < $1.level.variant }
    let levels = last.map(\.level)
    return [
      """
      UPDATE inventory.stock AS s
      SET on_hand = c.on_hand, reserved = c.reserved, low_stock_threshold = c.threshold,
          version = s.version + 1, updated_at = c.at
      FROM unnest(
        \(levels.map(\.variant)), \(levels.map(\.onHand)), \(levels.map(\.reserved)),
        \(levels.map(\.lowStockThreshold)), \(last.map(\.at))
      ) AS c (variant_id, on_hand, reserved, threshold, at)
      WHERE s.variant_id = c.variant_id
      """
    ]
  }
}
