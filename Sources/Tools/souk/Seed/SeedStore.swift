import Core
import Postgres

/// What the tool alone may do: write the tables of several domains, and put their indexes aside.
enum SeedStore {
  struct Index {
    let name: String
    let definition: SQL
  }

  static func seller(_ email: String, in database: Database) throws -> UserID? {
    try database.first("SELECT u.id FROM identity.users AS u WHERE u.email = \(email)") { row in
      try row.next()
    }
  }

  static func categories(in transaction: Transaction) throws -> [String: CategoryID] {
    let pairs = try transaction.query("SELECT c.slug, c.id FROM catalog.categories AS c") { row in
      (try row.next() as String, try row.next() as CategoryID)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  static func highestNumber(in transaction: Transaction) throws -> Int {
    try transaction.first("SELECT COALESCE(max(p.number), 0) FROM catalog.products AS p") { row in
      try row.next()
    } ?? 0
  }

  static func insert(_ shops: [Seed.Shop], in transaction: Transaction) throws {
    for shop in shops {
      try transaction.execute(
        """
        INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
        VALUES (\(shop.id), \(shop.name), \(shop.slug), 'USD', \(shop.owner), \(shop.createdAt),
                \(shop.createdAt))
        """)
    }
  }

  /// Drops the indexes that no constraint needs and tells how each is made again: filling them row
  /// by row takes far longer than building them at the end. Nobody else may look meanwhile.
  static func takeIndexes(in transaction: Transaction) throws -> [Index] {
    try transaction.execute("SET LOCAL maintenance_work_mem = '512MB'")
    try transaction.execute(
      """
      LOCK TABLE catalog.products, catalog.variants, catalog.product_slugs, catalog.price_history,
        inventory.stock, inventory.movements IN ACCESS EXCLUSIVE MODE
      """)
    let indexes = try transaction.query(
      """
      SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM pg_index AS i
      WHERE i.indrelid = ANY (ARRAY['catalog.products', 'catalog.variants',
          'catalog.product_slugs', 'catalog.price_history', 'inventory.stock',
          'inventory.movements']::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
      ORDER BY i.indexrelid
      """
    ) { row in (try row.next() as String, try row.next() as String) }
    for (name, _) in indexes { try transaction.execute("DROP INDEX \(unescaped: name)") }
    return indexes.map { Index(name: $0.0, definition: "\(unescaped: $0.1)") }
  }

  static func analyze(_ database: Database) throws {
    for table in ["catalog.products", "catalog.variants", "inventory.stock", "shops.shops"] {
      try database.execute("ANALYZE \(unescaped: table)")
    }
  }
}
