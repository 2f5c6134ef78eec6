package import Core
package import Postgres

package enum ParcelStore {
  /// Of `orders.parcels AS p`.
  static let columns: SQL = """
    p.id, p.order_id, p.shop_id, p.status, p.currency, p.amount, p.carrier, p.tracking,
    p.shipper_id, p.claimed_at, p.shipped_at, p.delivered_at, p.note, p.version
    """

  package static func list(of order: OrderID) -> Query<Parcel> {
    Query(
      """
      SELECT \(columns) FROM orders.parcels AS p WHERE p.order_id = \(order) ORDER BY p.id
      """
    ) { row in try Parcel(&row) }
  }

  /// Locks the order of the parcel, which stands for it, if it is for this shop's manager.
  static func lockOrder(of parcel: ParcelID, for manager: ShopManager) -> Query<Order> {
    Query(
      """
      SELECT \(OrderStore.columns) FROM orders.orders AS o
      WHERE o.id = (
        SELECT p.order_id FROM orders.parcels AS p
        JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.id = \(parcel) AND (\(manager.isAdmin) OR s.owner_id = \(manager.user)))
      FOR UPDATE
      """
    ) { row in try Order(&row) }
  }

  static func lockOrder(of parcel: ParcelID) -> Query<Order> {
    Query(
      """
      SELECT \(OrderStore.columns) FROM orders.orders AS o
      WHERE o.id = (SELECT p.order_id FROM orders.parcels AS p WHERE p.id = \(parcel))
      FOR UPDATE
      """
    ) { row in try Order(&row) }
  }

  /// All parcels of the order this one belongs to.
  static func siblings(of parcel: ParcelID) -> Query<Parcel> {
    Query(
      """
      SELECT \(columns) FROM orders.parcels AS p
      WHERE p.order_id = (SELECT k.order_id FROM orders.parcels AS k WHERE k.id = \(parcel))
      ORDER BY p.id
      """
    ) { row in try Parcel(&row) }
  }

  /// The moments a state leaves behind are written with it. One that its shipper has `isGivenBack`
  /// has none any more.
  static func setStatus(
    _ status: ParcelStatus, of id: ParcelID, carrier: String? = nil, tracking: String? = nil,
    note: String? = nil, isGivenBack: Bool = false, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE orders.parcels AS p
      SET status = \(status), version = p.version + 1, updated_at = \(now),
          carrier = COALESCE(\(carrier), p.carrier), tracking = COALESCE(\(tracking), p.tracking),
          note = COALESCE(\(note), p.note),
          shipped_at = CASE WHEN \(status == .shipped) THEN \(now) ELSE p.shipped_at END,
          delivered_at = CASE WHEN \(status == .delivered) THEN \(now) ELSE p.delivered_at END,
          failed_at = CASE WHEN \(status == .failed) THEN \(now) ELSE p.failed_at END,
          shipper_id = CASE WHEN \(isGivenBack) THEN NULL ELSE p.shipper_id END,
          claimed_at = CASE WHEN \(isGivenBack) THEN NULL ELSE p.claimed_at END
      WHERE p.id = \(id)
      """)
  }

  /// How long a parcel waits for the shipper who claimed it, and for nobody else.
  private static let claimTime = Duration.hours(24)

  /// Packed, and waiting for nobody.
  static func isFree(at now: Timestamp) -> SQL {
    "p.status = 'packed' AND (p.shipper_id IS NULL OR p.claimed_at < \(now - claimTime))"
  }

  /// Of several at once one wins: a row comes back for that one.
  static func claim(
    _ id: ParcelID, by shipper: UserID, at now: Timestamp, in transaction: Transaction
  ) throws -> Parcel? {
    try transaction.first(
      """
      UPDATE orders.parcels AS p
      SET shipper_id = \(shipper),
          claimed_at = CASE WHEN \(isFree(at: now)) THEN \(now) ELSE p.claimed_at END,
          version = p.version + 1, updated_at = \(now)
      WHERE p.id = \(id) AND p.status = 'packed'
        AND (p.shipper_id = \(shipper) OR \(isFree(at: now)))
      RETURNING \(columns)
      """
    ) { row in try Parcel(&row) }
  }
}

/// What one shop sends of an order.
struct NewParcel: LateRow {
  let id: ParcelID
  let order: OrderID
  let shop: ShopID
  let amount: Money
  let at: Timestamp

  static func statements(_ rows: [NewParcel]) -> [SQL] {
    [
      """
      INSERT INTO orders.parcels (
        id, order_id, shop_id, currency, amount, created_at, updated_at)
      SELECT n.id, n.order_id, n.shop_id, n.currency, n.amount, n.at, n.at
      FROM unnest(
        \(rows.map(\.id)), \(rows.map(\.order)), \(rows.map(\.shop)),
        \(rows.map(\.amount.currency.rawValue))::text[], \(rows.map(\.amount.amount)),
        \(rows.map(\.at))
      ) AS n (id, order_id, shop_id, currency, amount, at)
      """
    ]
  }
}
