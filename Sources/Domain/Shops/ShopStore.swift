package import Core
internal import HTTP
package import Postgres

package enum ShopStore {
  static let columns: SQL = """
    s.id, s.name, s.slug, s.description, s.currency, s.avatar_url, s.banner_url, s.phone, s.email,
    s.owner_id, COALESCE(o.full_name, ''), s.status,
    COALESCE(round(r.rating_sum::numeric / NULLIF(r.rating_count, 0), 2), 0)::float8,
    COALESCE(r.rating_count, 0), s.created_at, s.version
    """

  static let joins: SQL = """
    LEFT JOIN identity_api.people AS o ON o.id = s.owner_id
    LEFT JOIN catalog_api.shop_ratings AS r ON r.shop_id = s.id
    """

  package static func find(_ id: ShopID, in database: some Querying) throws -> Shop? {
    try database.first(
      "SELECT \(columns) FROM shops.shops AS s \(joins) WHERE s.id = \(id)"
    ) { row in try Shop(&row) }
  }

  /// Keeps the row from changing until the transaction ends.
  static func lock(_ id: ShopID, in transaction: Transaction) throws -> Shop? {
    try transaction.first(
      """
      SELECT \(columns) FROM shops.shops AS s \(joins) WHERE s.id = \(id)
      FOR NO KEY UPDATE OF s
      """
    ) { row in try Shop(&row) }
  }

  struct SellerGrant {
    let roles: [Role]
    let version: Int
    let changed: Bool
  }

  /// Makes a seller of the user and locks their row: until the transaction ends nobody else opens
  /// a shop for them. Returns nil for a user who is gone, and how many shops they have.
  static func grantSeller(
    to user: UserID, before moment: Timestamp, at now: Timestamp, in transaction: Transaction
  ) throws -> (SellerGrant?, shops: Int) {
    let (grants, counts) = try transaction.read(
      Query(
        """
        SELECT g.roles, g.version, g.changed
        FROM identity_api.grant_seller(\(user), \(moment), \(now)) AS g
        """
      ) { row in
        SellerGrant(
          roles: (try row.next() as [String]).compactMap(Role.init(rawValue:)),
          version: try row.next(), changed: try row.next())
      },
      Query(
        """
        SELECT count(*) FROM shops.shops AS s
        WHERE s.owner_id = \(user) AND s.status <> 'archived'
        """
      ) { row in try row.next() as Int })
    return (grants.first, counts.first ?? 0)
  }

  /// The address is made of the name; where another shop has it already, the end of the id makes
  /// the difference.
  static func insert(
    _ id: ShopID, _ details: ShopDetails, of owner: UserID, at now: Timestamp,
    in transaction: Transaction
  ) throws {
    for ending in ["", "-\(id.description.suffix(8))"] {
      let count = try transaction.execute(
        """
        INSERT INTO shops.shops
          (id, name, slug, description, currency, avatar_url, banner_url, phone, email, owner_id,
           created_at, updated_at)
        VALUES
          (\(id), \(details.name),
           COALESCE(NULLIF(souk.slug(\(details.name)), ''), 'shop') || \(ending)::text,
           \(details.description), \(details.currency), \(details.avatarUrl),
           \(details.bannerUrl), \(details.phone), \(details.email), \(owner), \(now), \(now))
        ON CONFLICT ON CONSTRAINT shops_slug_unique DO NOTHING
        """)
      if count == 1 { return }
    }
    throw ShopsError.noSuchShop
  }

  static func update(
    _ id: ShopID, _ details: ShopDetails, _ status: ShopStatus, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE shops.shops
      SET name = \(details.name), description = \(details.description),
          avatar_url = \(details.avatarUrl), banner_url = \(details.bannerUrl),
          phone = \(details.phone), email = \(details.email), status = \(status),
          version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """)
  }

  static func setStatus(
    _ status: ShopStatus, of id: ShopID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE shops.shops SET status = \(status), version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """)
  }
}
