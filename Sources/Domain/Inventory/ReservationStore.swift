internal import Core
internal import Postgres

enum ReservationStore {
  /// Makes the order's reservation, or locks the one it has. Another transaction that is making one
  /// is waited for, so its lines are read by another statement. A new one has none yet.
  static func insertOrLock(
    _ order: OrderID, until expiry: Timestamp, at now: Timestamp
  ) -> Query<Reservation.State> {
    Query(
      """
      INSERT INTO inventory.reservations AS r (order_id, state, expires_at, created_at)
      VALUES (\(order), 'held', \(expiry), \(now))
      ON CONFLICT (order_id) DO UPDATE SET state = r.state
      RETURNING r.state
      """
    ) { row in try row.next() }
  }

  static func insert(
    _ lines: [Reservation.Line], of order: OrderID, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO inventory.reservation_lines (order_id, variant_id, quantity)
      SELECT \(order), l.variant_id, l.quantity
      FROM unnest(\(lines.map(\.variant)), \(lines.map(\.quantity))) AS l (variant_id, quantity)
      """)
  }

  /// A row comes back when the order had no reservation.
  static func insertReleased(_ order: OrderID, at now: Timestamp) -> Query<Bool> {
    Query(
      """
      INSERT INTO inventory.reservations AS r
        (order_id, state, expires_at, created_at, settled_at)
      VALUES (\(order), 'released', \(now), \(now), \(now))
      ON CONFLICT (order_id) DO NOTHING
      RETURNING true
      """
    ) { row in try row.next() }
  }

  static func lock(_ order: OrderID) -> Query<Reservation.State> {
    Query("SELECT r.state FROM inventory.reservations AS r WHERE r.order_id = \(order) FOR UPDATE")
    { row in try row.next() }
  }

  static func lockDue(at now: Timestamp, limit: Int) -> Query<OrderID> {
    Query(
      """
      SELECT r.order_id FROM inventory.reservations AS r
      WHERE r.state = 'held' AND r.expires_at <= \(now)
      ORDER BY r.expires_at
      LIMIT \(limit)
      FOR UPDATE SKIP LOCKED
      """
    ) { row in try row.next() }
  }

  static func lines(of orders: [OrderID]) -> Query<(order: OrderID, line: Reservation.Line)> {
    Query(
      """
      SELECT l.order_id, l.variant_id, l.quantity FROM inventory.reservation_lines AS l
      WHERE l.order_id = ANY (\(orders))
      ORDER BY l.order_id, l.variant_id
      """
    ) { row in
      (
        try row.next(), Reservation.Line(variant: try row.next(), quantity: try row.next())
      )
    }
  }

  static func settle(
    _ orders: [OrderID], as state: Reservation.State, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE inventory.reservations SET state = \(state), settled_at = \(now)
      WHERE order_id = ANY (\(orders))
      """)
  }
}
