internal import Core
internal import Postgres

enum ReservationStore {
  /// Makes the orders' reservations, or locks those they have. Another transaction that is making
  /// one is waited for, so its lines are read by another statement. A new one has none yet.
  static func insertOrLock(
    _ requests: [HoldRequest], at now: Timestamp
  ) -> Query<(order: OrderID, state: Reservation.State)> {
    Query(
      """
      INSERT INTO inventory.reservations AS r (order_id, state, expires_at, created_at)
      SELECT n.order_id, 'held', n.expires_at, \(now)
      FROM unnest(\(requests.map(\.order)), \(requests.map(\.expiry))) AS n (order_id, expires_at)
      ORDER BY n.order_id
      ON CONFLICT (order_id) DO UPDATE SET state = r.state
      RETURNING r.order_id, r.state
      """
    ) { row in (try row.next(), try row.next()) }
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
}

/// Part of what an order holds.
struct ReservedLine: LateRow {
  let order: OrderID
  let line: Reservation.Line

  static func statements(_ rows: [ReservedLine]) -> [SQL] {
    [
      """
      INSERT INTO inventory.reservation_lines (order_id, variant_id, quantity)
      SELECT n.order_id, n.variant_id, n.quantity
      FROM unnest(
        \(rows.map(\.order)), \(rows.map(\.line.variant)), \(rows.map(\.line.quantity))
      ) AS n (order_id, variant_id, quantity)
      """
    ]
  }
}

/// How a reservation ended.
struct SettledReservation: LateRow {
  let order: OrderID
  let state: Reservation.State
  let at: Timestamp

  static func statements(_ rows: [SettledReservation]) -> [SQL] {
    [
      """
      UPDATE inventory.reservations AS r SET state = n.state, settled_at = n.at
      FROM unnest(
        \(rows.map(\.order)), \(rows.map(\.state.rawValue))::text[], \(rows.map(\.at))
      ) AS n (order_id, state, at)
      WHERE r.order_id = n.order_id
      """
    ]
  }
}
