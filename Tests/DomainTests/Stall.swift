import Core
import Inventory
import KitTesting
import Postgres
import Testing

/// A shop with goods, written by hand, on a database of a test's own.
struct Stall {
  let database: TestDatabase
  let clock = TestClock()
  let owner: UserID
  let shop: ShopID

  init() throws {
    database = try TestDatabase()
    owner = IDSource().id()
    shop = try Self.open(in: database.database(), by: owner)
  }

  static func open(in database: Database, by owner: UserID, currency: String = "USD") throws
    -> ShopID
  {
    let shop = IDSource().id(ShopKind.self)
    try database.execute(
      """
      INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
      VALUES (\(shop), 'Stall', \("stall-" + shop.description.dropFirst(4)), \(currency), \(owner),
              now(), now())
      """)
    return shop
  }

  struct Goods: Sendable {
    let product: ProductID
    let variants: [VariantID]
  }

  /// A product with one variant for each number of pieces.
  func goods(
    _ pieces: Int..., price: Int = 1000, in shop: ShopID? = nil, category: CategoryID? = nil
  ) throws -> Goods {
    let ids = IDSource()
    let database = database.database()
    let shop = shop ?? self.shop
    let goods = Goods(product: ids.id(), variants: pieces.map { _ in ids.id() })
    try database.execute(
      """
      INSERT INTO catalog.products
        (id, shop_id, category_id, name, slug, price, currency, status, created_by, created_at,
         updated_at)
      SELECT \(goods.product), h.id, \(category), 'Tea', \(goods.product.description), \(price),
             h.currency, 'active', h.owner_id, now(), now()
      FROM shops_api.shops AS h WHERE h.id = \(shop)
      """)
    for (index, variant) in goods.variants.enumerated() {
      try database.execute(
        """
        INSERT INTO catalog.variants
          (id, product_id, shop_id, sku, options, price, position, created_at, updated_at)
        VALUES (\(variant), \(goods.product), \(shop), \(variant.description),
                jsonb_build_object('Size', \(index)::text), \(price), \(index), now(), now())
        """)
    }
    try database.execute(
      """
      SELECT inventory_api.open_stock(\(goods.variants), \(pieces.map { _ in goods.product }),
        \(pieces.map { _ in shop }), \(pieces)::integer[], \(owner), 'test')
      """)
    return goods
  }

  // MARK: What the verbs work with

  /// A connection as the function inventory has one.
  func shelves() -> Database { database.database(role: "souk_inventory") }

  var warehouse: Warehouse { Warehouse(ids: IDSource(clock: clock.clock), trace: nil) }

  // MARK: What came of it

  struct Level: Equatable, Sendable {
    let onHand: Int
    let reserved: Int
  }

  func level(_ variant: VariantID) throws -> Level {
    try #require(
      try database.database().first(
        "SELECT s.on_hand, s.reserved FROM inventory.stock AS s WHERE s.variant_id = \(variant)"
      ) { row in Level(onHand: try row.next(), reserved: try row.next()) })
  }

  func count(_ sql: SQL) throws -> Int {
    try database.database().first(sql) { row in try row.next() } ?? -1
  }

  func isInStock(_ goods: Goods) throws -> Bool {
    try database.database().first(
      "SELECT p.in_stock FROM catalog.products AS p WHERE p.id = \(goods.product)"
    ) { row in try row.next() } ?? false
  }

  func lowEvents(_ variant: VariantID) throws -> Int {
    try count(
      """
      SELECT count(*) FROM outbox.events AS e
      WHERE e.type = 'inventory.stock_low.v1' AND e.aggregate_id = \(variant)
      """)
  }

  /// Whatever happened: each movement begins where the one before it ended, the last one ends
  /// where the stock is, and what is reserved is what held reservations add up to.
  func expectBooksToBalance() throws {
    let breaks = try count(
      """
      SELECT count(*) FROM (
        SELECT m.on_hand_before, m.reserved_before,
               lag(m.on_hand_after) OVER w AS on_hand_left,
               lag(m.reserved_after) OVER w AS reserved_left
        FROM inventory.movements AS m WINDOW w AS (PARTITION BY m.variant_id ORDER BY m.number)
      ) AS chain
      WHERE (chain.on_hand_before, chain.reserved_before)
        <> (COALESCE(chain.on_hand_left, 0), COALESCE(chain.reserved_left, 0))
      """)
    #expect(breaks == 0, "a movement does not follow the one before it")
    let wrong = try count(
      """
      SELECT count(*) FROM inventory.stock AS s
      WHERE (s.on_hand, s.reserved) IS DISTINCT FROM (
          SELECT (m.on_hand_after, m.reserved_after) FROM inventory.movements AS m
          WHERE m.variant_id = s.variant_id ORDER BY m.number DESC LIMIT 1)
        OR s.reserved <> (
          SELECT COALESCE(sum(l.quantity), 0) FROM inventory.reservation_lines AS l
          JOIN inventory.reservations AS r USING (order_id)
          WHERE l.variant_id = s.variant_id AND r.state = 'held')
      """)
    #expect(wrong == 0, "the stock is not what its movements say")
    let untold = try count(
      """
      SELECT count(*) FROM catalog.products AS p
      WHERE p.in_stock <> EXISTS (
        SELECT FROM inventory.stock AS s WHERE s.product_id = p.id AND s.available > 0)
      """)
    #expect(untold == 0, "the catalogue believes something else")
  }
}
