package import Core
package import Postgres

/// What is read about promotions.
package enum PromotionDirectory {
  // MARK: For a cart

  /// A promotion that may apply to a cart, and how often the customer has used it.
  package struct Candidate: Sendable {
    package let promotion: Promotion
    package let usedByCustomer: Int
  }

  /// What of these shops applies by itself now, and what goes by one of the codes: of several with
  /// the same one the last that has not ended. `shops` and `codes` (in small letters) are
  /// statements that give one column each, so that a cart is read in one round trip. The
  /// categories of a scope come with all below them: promotions are fewer than lines.
  package static func candidates(
    in shops: SQL, withCodes codes: SQL, for customer: UserID?, at moment: Timestamp
  ) -> Query<Candidate> {
    // Its own stay beside those found: a scope that lost all it had would mean the whole shop.
    let categories: SQL = """
      CASE WHEN p.category_ids = '{}' THEN p.category_ids ELSE p.category_ids || ARRAY(
        SELECT a.category_id FROM catalog_api.category_ancestors AS a
        WHERE a.ancestor_id = ANY (p.category_ids)) END
      """
    return Query(
      """
      WITH shops (id) AS MATERIALIZED (\(shops)), codes (key) AS MATERIALIZED (\(codes))
      SELECT \(PromotionStore.columns(categories: categories)), COALESCE(u.used, 0)
      FROM (
        SELECT r.* FROM promotions_api.rules AS r
        WHERE r.shop_id IN (SELECT id FROM shops) AND r.code_key IS NULL AND r.status = 'active'
          AND r.starts_at <= \(moment) AND r.ends_at > \(moment)
        UNION ALL
        SELECT coded.* FROM shops, codes, LATERAL (
          SELECT r.* FROM promotions_api.rules AS r
          WHERE r.shop_id = shops.id AND r.code_key = codes.key AND r.status <> 'draft'
          ORDER BY r.status = 'ended', r.id DESC
          LIMIT 1
        ) AS coded
      ) AS p
      LEFT JOIN promotions_api.customers AS u
        ON u.promotion_id = p.id AND u.customer_id = \(customer)
      ORDER BY p.id
      """
    ) { row in
      Candidate(promotion: try Promotion(&row), usedByCustomer: try row.next())
    }
  }

  // MARK: For a shop and its visitors

  /// Whose eyes see it: a shop sees all its promotions, others what applies by itself now.
  package struct Reader: Sendable {
    let manager: ShopManager?
    let now: Timestamp

    package init(_ manager: ShopManager?, now: Timestamp) {
      self.manager = manager
      self.now = now
    }
  }

  package static func find(
    _ id: PromotionID, in shop: ShopID, for reader: Reader, in database: some Querying
  ) throws -> PromotionRecord? {
    try database.first(
      """
      SELECT \(PromotionStore.columns), h.currency
      FROM promotions.promotions AS p JOIN shops_api.shops AS h ON h.id = p.shop_id
      WHERE p.id = \(id) AND p.shop_id = \(shop) AND \(isVisible(to: reader))
      """
    ) { row in try record(&row, reader) }
  }

  /// The newest first. Nil when there is no such shop. One more than `limit`, so that the caller
  /// sees whether there are others.
  package static func list(
    in shop: ShopID, _ status: Promotion.Status?, for reader: Reader, before: PromotionID?,
    limit: Int, offset: Int, in database: some Querying
  ) throws -> (promotions: [PromotionRecord], total: Int)? {
    let matches: SQL = """
      p.shop_id = \(shop) AND \(isVisible(to: reader)) AND (\(status)::text IS NULL
        OR \(status) = CASE WHEN p.ends_at <= \(reader.now) THEN 'ended' ELSE p.status END)
      """
    let (shops, promotions, totals) = try database.read(
      Query("SELECT true FROM shops_api.shops AS h WHERE h.id = \(shop)") { row in
        try row.next() as Bool
      },
      Query(
        """
        SELECT \(PromotionStore.columns), h.currency
        FROM promotions.promotions AS p JOIN shops_api.shops AS h ON h.id = p.shop_id
        WHERE \(matches) \(isBefore(before))
        ORDER BY p.id DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try record(&row, reader) },
      Query.reachable(
        """
        SELECT 1 FROM promotions.promotions AS p JOIN shops_api.shops AS h ON h.id = p.shop_id
        WHERE \(matches)
        """))
    return shops.isEmpty ? nil : (promotions, totals.first ?? 0)
  }

  /// A condition of its own where there is a cursor: the index can begin there.
  private static func isBefore(_ id: PromotionID?) -> SQL {
    if let id { "AND p.id < \(id)" } else { "" }
  }

  private static func isVisible(to reader: Reader) -> SQL {
    let (user, isAdmin) = (reader.manager?.user, reader.manager?.isAdmin ?? false)
    return """
      p.deleted_at IS NULL AND (\(isAdmin) OR h.owner_id = \(user)
        OR (h.status = 'active' AND p.code IS NULL AND p.status = 'active'
            AND p.starts_at <= \(reader.now) AND p.ends_at > \(reader.now)))
      """
  }

  private static func record(_ row: inout Row, _ reader: Reader) throws -> PromotionRecord {
    PromotionRecord(try Promotion(&row), in: try row.next(), at: reader.now)
  }
}
