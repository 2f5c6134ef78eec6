internal import Core
internal import Postgres

enum PromotionStore {
  static let columns = columns(categories: "p.category_ids")

  static func columns(categories: SQL) -> SQL {
    """
    p.id, p.shop_id, p.name, p.type, p.value, p.max_discount, p.minimum, p.code, p.starts_at,
    p.ends_at, p.per_customer_limit, p.total_limit, p.used, p.priority, p.stacks, p.product_ids,
    \(categories), p.status, p.version
    """
  }

  /// Whoever adds a promotion to a shop does it alone, so that counting them means something.
  static func lockShop(_ shop: ShopID, in transaction: Transaction) {
    transaction.takeTurn("promotions of \(shop)")
  }

  /// How many have not ended, and how many of those apply by themselves.
  static func countRunning(in shop: ShopID, but other: PromotionID?, at now: Timestamp)
    -> Query<(all: Int, automatic: Int)>
  {
    Query(
      """
      SELECT count(*), count(*) FILTER (WHERE p.code_key IS NULL)
      FROM promotions.promotions AS p
      WHERE p.shop_id = \(shop) AND p.status <> 'ended' AND p.ends_at > \(now)
        AND p.id IS DISTINCT FROM \(other)::uuid
      """
    ) { row in (try row.next(), try row.next()) }
  }

  /// Whether another promotion of the shop that has not ended goes by this code.
  static func isTaken(
    _ code: String?, in shop: ShopID, but other: PromotionID?, at now: Timestamp
  ) -> Query<Bool> {
    Query(
      """
      SELECT true FROM promotions.promotions AS p
      WHERE p.shop_id = \(shop) AND p.code_key = lower(\(code)) AND p.status <> 'ended'
        AND p.ends_at > \(now) AND p.id IS DISTINCT FROM \(other)::uuid
      """
    ) { row in try row.next() }
  }

  /// One whose time is over has ended, whatever its row still says: its code is free.
  static func endPast(
    _ code: String, in shop: ShopID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE promotions.promotions AS p
      SET status = 'ended', version = p.version + 1, updated_at = \(now)
      WHERE p.shop_id = \(shop) AND p.code_key = lower(\(code)) AND p.status <> 'ended'
        AND p.ends_at <= \(now)
      """)
  }

  static func lock(_ id: PromotionID, in shop: ShopID) -> Query<Promotion> {
    Query(
      """
      SELECT \(columns) FROM promotions.promotions AS p
      WHERE p.id = \(id) AND p.shop_id = \(shop) AND p.deleted_at IS NULL
      FOR UPDATE
      """
    ) { row in try Promotion(&row) }
  }

  /// In the order of their ids.
  static func lock(_ ids: [PromotionID]) -> Query<Promotion> {
    Query(
      """
      SELECT \(columns) FROM promotions.promotions AS p
      WHERE p.id = ANY (\(ids))
      ORDER BY p.id
      FOR UPDATE
      """
    ) { row in try Promotion(&row) }
  }

  static func insert(_ promotion: Promotion, at now: Timestamp, in transaction: Transaction) {
    let (type, value) = promotion.typeAndValue
    transaction.enqueue(
      """
      INSERT INTO promotions.promotions
        (id, shop_id, name, type, value, max_discount, minimum, code, starts_at, ends_at,
         per_customer_limit, total_limit, priority, stacks, product_ids, category_ids, status,
         created_at, updated_at)
      VALUES
        (\(promotion.id), \(promotion.shop), \(promotion.name), \(type), \(value),
         \(promotion.maxDiscount), \(promotion.minimum), \(promotion.code), \(promotion.startsAt),
         \(promotion.endsAt), \(promotion.perCustomerLimit), \(promotion.totalLimit),
         \(promotion.priority), \(promotion.stacks), \(promotion.scope.products.sorted()),
         \(promotion.scope.categories.sorted()), \(promotion.status), \(now), \(now))
      """)
  }

  static func update(_ promotion: Promotion, at now: Timestamp, in transaction: Transaction) throws
    -> Promotion?
  {
    let (type, value) = promotion.typeAndValue
    return try transaction.first(
      """
      UPDATE promotions.promotions AS p
      SET name = \(promotion.name), type = \(type), value = \(value),
          max_discount = \(promotion.maxDiscount), minimum = \(promotion.minimum),
          code = \(promotion.code), starts_at = \(promotion.startsAt),
          ends_at = \(promotion.endsAt),
          per_customer_limit = \(promotion.perCustomerLimit),
          total_limit = \(promotion.totalLimit), priority = \(promotion.priority),
          stacks = \(promotion.stacks), product_ids = \(promotion.scope.products.sorted()),
          category_ids = \(promotion.scope.categories.sorted()), status = \(promotion.status),
          version = p.version + 1, updated_at = \(now)
      WHERE p.id = \(promotion.id)
      RETURNING \(columns)
      """
    ) { row in try Promotion(&row) }
  }

  static func delete(_ id: PromotionID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE promotions.promotions AS p
      SET status = 'ended', deleted_at = \(now), version = p.version + 1, updated_at = \(now)
      WHERE p.id = \(id)
      """)
  }

  // MARK: What a promotion is for

  /// The shop's currency, where they manage the shop and it is not archived.
  static func currency(of shop: ShopID, for manager: ShopManager) -> Query<Currency> {
    Query(
      """
      SELECT h.currency FROM shops_api.shops AS h
      WHERE h.id = \(shop) AND (\(manager.isAdmin) OR h.owner_id = \(manager.user))
        AND h.status <> 'archived'
      """
    ) { row in try row.next() }
  }

  static func products(_ ids: Set<ProductID>, of shop: ShopID) -> Query<ProductID> {
    Query(
      """
      SELECT DISTINCT c.product_id FROM catalog_api.sellable AS c
      WHERE c.product_id = ANY (\(ids.sorted())) AND c.shop_id = \(shop)
      """
    ) { row in try row.next() }
  }

  static func categories(_ ids: Set<CategoryID>) -> Query<CategoryID> {
    Query(
      """
      SELECT c.category_id FROM catalog_api.category_ancestors AS c
      WHERE c.category_id = ANY (\(ids.sorted())) AND c.ancestor_id = c.category_id
      """
    ) { row in try row.next() }
  }
}
