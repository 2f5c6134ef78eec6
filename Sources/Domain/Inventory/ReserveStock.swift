internal import Core
package import Postgres

extension Warehouse {
  /// Makes the reservations of these orders, which hold nothing yet, and locks their goods.
  package func open(
    _ requests: [HoldRequest], in transaction: Transaction
  ) throws -> Shelf {
    let orders = requests.map(\.order)
    let variants = Set(requests.flatMap(\.lines).map(\.variant)).sorted()
    let (states, lines, levels) = try transaction.read(
      ReservationStore.insertOrLock(requests, at: now), ReservationStore.lines(of: orders),
      StockStore.lock(variants))
    return Shelf(
      states: Dictionary(uniqueKeysWithValues: states.map { ($0.order, $0.state) }),
      held: Dictionary(grouping: lines, by: \.order).mapValues { $0.map(\.line) }, levels: levels)
  }

  /// Holds all lines for the order until its time is over, or none: throws `insufficient` with
  /// everything that is missing. Called again for the same order and lines it does nothing; called
  /// after the order's release it throws `reservationOver`. Nil for what has been deducted already.
  @discardableResult
  package func reserve(
    _ request: HoldRequest, on opened: Shelf? = nil, in transaction: Transaction
  ) throws -> Hold? {
    let shelf = try opened ?? open([request], in: transaction)
    let (order, lines) = (request.order, request.lines)
    let state = shelf.states[order]
    _ = try state?.moves(to: .held)
    if let held = shelf.held[order] {
      guard Set(held) == Set(lines) else { throw InventoryError.reservationDiffers }
      return state == .held ? Hold(order: order, lines: lines, shelf: shelf) : nil
    }
    try check(lines, on: shelf)
    var ledger = StockLedger(shelf.levels(of: lines))
    for line in lines {
      ledger.move(
        line.variant, .reservation, reserved: line.quantity, reference: order.description)
      transaction.late(ReservedLine(order: order, line: line))
    }
    try save(ledger, by: nil, in: transaction)
    shelf.put(ledger.changed)
    return Hold(order: order, lines: lines, shelf: shelf)
  }

  private func check(_ lines: [Reservation.Line], on shelf: Shelf) throws {
    let shortages = lines.compactMap { line in
      let available = shelf.levels[line.variant]?.available ?? 0
      return available >= line.quantity
        ? nil
        : InventoryError.Shortage(
          variant: line.variant, requested: line.quantity, available: available)
    }
    guard shortages.isEmpty else { throw InventoryError.insufficient(shortages) }
  }
}
