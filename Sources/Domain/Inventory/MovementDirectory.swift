package import Core
package import JSON
package import Postgres

/// A movement as its shop reads it.
package struct MovementRecord: Encodable, Sendable {
  package let number: Int
  package let variantId: VariantID
  package let kind: Movement.Kind
  package let delta: Int
  package let onHandBefore: Int
  package let onHandAfter: Int
  package let reservedBefore: Int
  package let reservedAfter: Int
  @ExplicitNull package var reason: String?
  package let reference: String
  @ExplicitNull package var actorId: UserID?
  package let createdAt: Timestamp

  fileprivate init(_ row: inout Row) throws {
    number = try row.next()
    variantId = try row.next()
    kind = try row.next()
    onHandBefore = try row.next()
    onHandAfter = try row.next()
    delta = onHandAfter - onHandBefore
    reservedBefore = try row.next()
    reservedAfter = try row.next()
    _reason = ExplicitNull(wrappedValue: try row.next())
    reference = try row.next()
    _actorId = ExplicitNull(wrappedValue: try row.next())
    createdAt = try row.next()
  }
}

/// The newest movements first.
package enum MovementDirectory {
  /// Nil when they are not theirs to see. One more than `limit`, so that the caller sees
  /// whether there are others. The total stops at what can be reached by pages.
  package static func list(
    of product: ProductID, for manager: ShopManager, before number: Int?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (movements: [MovementRecord], total: Int)? {
    let (products, movements, totals) = try database.read(
      isManaged(product, by: manager),
      Query(
        """
        SELECT m.number, m.variant_id, m.kind, m.on_hand_before, m.on_hand_after,
               m.reserved_before, m.reserved_after, m.reason, m.reference, m.actor_id, m.created_at
        FROM inventory.movements AS m
        WHERE m.product_id = \(product) \(isBefore(number))
        ORDER BY m.number DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try MovementRecord(&row) },
      Query.reachable("SELECT 1 FROM inventory.movements AS m WHERE m.product_id = \(product)"))
    return products.isEmpty ? nil : (movements, totals.first ?? 0)
  }

  /// A condition of its own where there is a cursor: the index can begin there.
  private static func isBefore(_ number: Int?) -> SQL {
    if let number { "AND m.number < \(number)" } else { "" }
  }

  private static func isManaged(_ product: ProductID, by manager: ShopManager) -> Query<Bool> {
    Query(
      """
      SELECT true FROM inventory.stock AS s JOIN shops_api.shops AS h ON h.id = s.shop_id
      WHERE s.product_id = \(product) AND (\(manager.isAdmin) OR h.owner_id = \(manager.user))
      LIMIT 1
      """
    ) { row in try row.next() }
  }
}
