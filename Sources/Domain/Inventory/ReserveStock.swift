package import Core
package import Postgres

extension Warehouse {
  /// Holds all lines for the order until `expiry`, or none: throws `insufficient` with everything
  /// that is missing. Called again for the same order and lines it does nothing; called after the
  /// order's release it throws `reservationOver`. Nil for what has been deducted already.
  @discardableResult
  package func reserve(
    _ wanted: [Reservation.Line], for order: OrderID, until expiry: Timestamp,
    in transaction: Transaction
  ) throws -> Hold? {
    let lines = Self.summed(wanted)
    let (states, held, levels) = try transaction.read(
      ReservationStore.insertOrLock(order, until: expiry, at: now),
      ReservationStore.lines(of: [order]), StockStore.lock(lines.map(\.variant)))
    _ = try states.first?.moves(to: .held)
    guard held.isEmpty else {
      guard Set(held.map(\.line)) == Set(lines) else { throw InventoryError.reservationDiffers }
      return states.first == .held ? Hold(order: order, lines: lines, levels: levels) : nil
    }
    var ledger = StockLedger(levels)
    let shortages = lines.compactMap { line in
      let available = ledger.level(of: line.variant)?.available ?? 0
      return available >= line.quantity
        ? nil
        : InventoryError.Shortage(
          variant: line.variant, requested: line.quantity, available: available)
    }
    guard shortages.isEmpty else { throw InventoryError.insufficient(shortages) }
    for line in lines {
      ledger.move(
        line.variant, .reservation, reserved: line.quantity, reference: order.description)
    }
    ReservationStore.insert(lines, of: order, in: transaction)
    try save(ledger, by: nil, in: transaction)
    return Hold(
      order: order, lines: lines, levels: lines.compactMap { ledger.level(of: $0.variant) })
  }

  /// One line per variant, in the order of their ids.
  private static func summed(_ lines: [Reservation.Line]) -> [Reservation.Line] {
    precondition(lines.allSatisfy { $0.quantity > 0 }, "reserves nothing, or less")
    return Dictionary(lines.map { ($0.variant, $0.quantity) }, uniquingKeysWith: +)
      .map { Reservation.Line(variant: $0.key, quantity: $0.value) }
      .sorted { $0.variant < $1.variant }
  }
}
