package import Core
internal import Postgres

/// What this transaction knows to be held, and has locked.
package struct Hold {
  let order: OrderID
  let lines: [Reservation.Line]
  let shelf: Shelf
}

/// What an order wants to be held.
package struct HoldRequest: Sendable {
  package let order: OrderID
  package let expiry: Timestamp
  /// One line per variant, in the order of their ids.
  let lines: [Reservation.Line]

  package init(order: OrderID, lines: [Reservation.Line], expiry: Timestamp) {
    precondition(lines.allSatisfy { $0.quantity > 0 }, "reserves nothing, or less")
    self.order = order
    self.expiry = expiry
    self.lines = Dictionary(lines.map { ($0.variant, $0.quantity) }, uniquingKeysWith: +)
      .map { Reservation.Line(variant: $0.key, quantity: $0.value) }
      .sorted { $0.variant < $1.variant }
  }
}

/// Stock that a transaction has locked for some orders, as it stands by now.
package final class Shelf {
  let states: [OrderID: Reservation.State]
  let held: [OrderID: [Reservation.Line]]
  private(set) var levels: [VariantID: StockLevel]

  init(
    states: [OrderID: Reservation.State], held: [OrderID: [Reservation.Line]],
    levels: [StockLevel]
  ) {
    self.states = states
    self.held = held
    self.levels = Dictionary(uniqueKeysWithValues: levels.map { ($0.variant, $0) })
  }

  func levels(of lines: [Reservation.Line]) -> [StockLevel] {
    lines.compactMap { levels[$0.variant] }
  }

  func put(_ changed: [StockLevel]) {
    for level in changed { levels[level.variant] = level }
  }
}

/// What an order holds of the stock until it takes it or gives it up.
package enum Reservation {
  package struct Line: Hashable, Sendable {
    package let variant: VariantID
    package let quantity: Int

    package init(variant: VariantID, quantity: Int) {
      self.variant = variant
      self.quantity = quantity
    }
  }

  package enum State: String, Sendable, CaseIterable, Bindable, Column {
    case held, released, committed, expired

    /// Whether a command that wants this outcome changes anything. One that comes again, or later
    /// than another that led to the same, has no effect; one that contradicts what happened is
    /// refused.
    package func moves(to wanted: State) throws(InventoryError) -> Bool {
      switch (self, wanted) {
      case (.held, .held): return false
      case (.held, _): return true
      case (.committed, .released), (.committed, .expired): throw .alreadyDeducted
      case (.committed, _): return false
      case (_, .held), (_, .committed): throw .reservationOver
      default: return false
      }
    }
  }
}
