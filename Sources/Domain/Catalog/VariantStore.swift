internal import Core
internal import JSON
internal import Postgres

enum VariantStore {
  /// Those that are not archived, in their order.
  static func list(of product: ProductID, in transaction: Transaction) throws -> [VariantRecord] {
    try transaction.query(
      """
      SELECT v.id, v.sku, v.options, v.image, v.price, COALESCE(a.available, 0) > 0
      FROM catalog.variants AS v
      LEFT JOIN inventory_api.availability AS a ON a.variant_id = v.id
      WHERE v.product_id = \(product) AND v.archived_at IS NULL
      ORDER BY v.position
      """
    ) { row in try VariantRecord(&row) }
  }

  /// In the order of their SKUs, so that two who bring the same ones wait in one direction only.
  /// What they cost goes into the history. Throws `skuTaken`.
  static func insert(
    _ variants: [NewVariant], by seller: UserID, at now: Timestamp, in transaction: Transaction
  ) throws {
    guard !variants.isEmpty else { return }
    try transaction.execute(
      """
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(\(json(variants))::jsonb) AS n (
          id uuid, product_id uuid, shop_id uuid, sku text, options jsonb, image text,
          price bigint, currency text, position integer)
      ), written AS (
        INSERT INTO catalog.variants
          (id, product_id, shop_id, sku, options, image, price, position, created_at, updated_at)
        SELECT n.id, n.product_id, n.shop_id, n.sku, n.options, n.image, n.price, n.position,
               \(now), \(now)
        FROM given AS n ORDER BY n.shop_id, n.sku
      )
      INSERT INTO catalog.price_history
        (product_id, variant_id, price, currency, changed_by, changed_at)
      SELECT n.product_id, n.id, n.price, n.currency, \(seller), \(now)
      FROM given AS n ORDER BY n.id
      """, meaning: ["variants_sku_unique": CatalogError.skuTaken])
  }

  /// Brings back those that stay, after all were archived: so two of them can trade SKUs or
  /// options. A price that changes goes into the history. Throws `skuTaken`.
  static func update(
    _ variants: [NewVariant], by seller: UserID, at now: Timestamp, in transaction: Transaction
  ) throws {
    guard !variants.isEmpty else { return }
    try transaction.execute(
      """
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(\(json(variants))::jsonb) AS n (
          id uuid, product_id uuid, sku text, options jsonb, image text, price bigint,
          currency text, position integer)
      ), noted AS (
        INSERT INTO catalog.price_history
          (product_id, variant_id, price, currency, changed_by, changed_at)
        SELECT n.product_id, n.id, n.price, n.currency, \(seller), \(now)
        FROM given AS n JOIN catalog.variants AS v ON v.id = n.id
        WHERE v.price <> n.price ORDER BY n.id
      )
      UPDATE catalog.variants AS v
      SET sku = n.sku, options = n.options, image = n.image, price = n.price,
          position = n.position, archived_at = NULL, updated_at = \(now)
      FROM given AS n
      WHERE v.id = n.id AND v.product_id = n.product_id
      """, meaning: ["variants_sku_unique": CatalogError.skuTaken])
  }

  static func archiveAll(of product: ProductID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE catalog.variants SET archived_at = \(now), updated_at = \(now)
      WHERE product_id = \(product) AND archived_at IS NULL
      """)
  }

  /// Inventory begins to count them.
  static func openStock(
    _ variants: [NewVariant], by seller: UserID, reference: String, in transaction: Transaction
  ) {
    guard !variants.isEmpty else { return }
    transaction.enqueue(
      """
      SELECT inventory_api.open_stock(
        \(variants.map(\.id)), \(variants.map(\.product)), \(variants.map(\.shop)),
        \(variants.map(\.stock))::integer[], \(seller), \(reference))
      """)
  }

  private static func json(_ variants: [NewVariant]) -> String {
    JSONValue.array(variants.map(\.json)).description
  }
}
