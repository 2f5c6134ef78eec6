package import Core
package import Postgres

extension Warehouse {
  /// Gives back what the order holds. A release that comes before its reservation is remembered,
  /// so that the late reservation holds nothing.
  package func release(_ order: OrderID, in transaction: Transaction) throws {
    let (inserted, states, lines, levels) = try transaction.read(
      ReservationStore.insertReleased(order, at: now), ReservationStore.lock(order),
      ReservationStore.lines(of: [order]), StockStore.lock(heldBy: [order]))
    guard inserted.isEmpty, let state = states.first, try state.moves(to: .released) else { return }
    try end([order], lines, levels, as: .released, in: transaction)
  }

  /// Takes what the order holds out of the stock, which needs no question in the transaction that
  /// has reserved it.
  package func commit(_ hold: Hold, in transaction: Transaction) throws {
    let changed = try end(
      [hold.order], hold.lines.map { (hold.order, $0) }, hold.shelf.levels(of: hold.lines),
      as: .committed, in: transaction)
    hold.shelf.put(changed)
  }

  /// Takes what the order holds out of the stock. Throws `reservationOver` when the order holds
  /// nothing any more, or never did.
  package func commit(_ order: OrderID, in transaction: Transaction) throws {
    let (states, lines, levels) = try transaction.read(
      ReservationStore.lock(order), ReservationStore.lines(of: [order]),
      StockStore.lock(heldBy: [order]))
    guard let state = states.first else { throw InventoryError.reservationOver }
    guard try state.moves(to: .committed) else { return }
    try end([order], lines, levels, as: .committed, in: transaction)
  }

  /// Gives back what orders held for too long, at most `limit` of them. What another transaction
  /// is at work on is left to it. Returns the orders.
  package func expireReservations(limit: Int, in transaction: Transaction) throws -> [OrderID] {
    let due = try transaction.read(ReservationStore.lockDue(at: now, limit: limit))
    guard !due.isEmpty else { return [] }
    let (lines, levels) = try transaction.read(
      ReservationStore.lines(of: due), StockStore.lock(heldBy: due))
    try end(due, lines, levels, as: .expired, in: transaction)
    return due
  }

  /// Returns the levels that changed.
  @discardableResult
  private func end(
    _ orders: [OrderID], _ lines: [(order: OrderID, line: Reservation.Line)],
    _ levels: [StockLevel], as state: Reservation.State, in transaction: Transaction
  ) throws -> [StockLevel] {
    var ledger = StockLedger(levels)
    for (order, line) in lines {
      ledger.move(
        line.variant, Self.kind(of: state), onHand: state == .committed ? -line.quantity : 0,
        reserved: -line.quantity, reference: order.description)
    }
    for order in orders {
      transaction.late(SettledReservation(order: order, state: state, at: now))
    }
    try save(ledger, by: nil, in: transaction)
    return ledger.changed
  }

  private static func kind(of end: Reservation.State) -> Movement.Kind {
    switch end {
    case .held: .reservation
    case .released: .release
    case .committed: .deduction
    case .expired: .expiry
    }
  }
}
