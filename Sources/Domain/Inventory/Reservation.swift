package import Core
internal import Postgres

/// What this transaction knows to be held, and has locked.
package struct Hold {
  let order: OrderID
  let lines: [Reservation.Line]
  let levels: [StockLevel]
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
