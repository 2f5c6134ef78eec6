package import Core
package import Postgres

extension Warehouse {
  /// Puts what an order had taken back into the stock. The same reference puts the same variant
  /// back once.
  package func takeBack(
    _ lines: [Reservation.Line], reference: String, in transaction: Transaction
  ) throws {
    let variants = lines.map(\.variant).sorted()
    // The movements are looked at after the locks: who held them before has committed by then.
    let (levels, moved) = try transaction.read(
      StockStore.lock(variants), MovementStore.returned(variants, by: reference))
    var ledger = StockLedger(levels)
    for line in lines where !moved.contains(line.variant) {
      // Of a variant that is no longer kept nothing can come back.
      guard ledger.level(of: line.variant) != nil else { continue }
      ledger.move(line.variant, .return, onHand: line.quantity, reference: reference)
    }
    try save(ledger, by: nil, in: transaction)
  }

  /// Locks the stock of what an order holds, or held. Stock comes first in the order of locks:
  /// whoever undoes other things of an order before its reservation asks for this at the start.
  package func lockGoods(of order: OrderID, in transaction: Transaction) throws {
    _ = try transaction.read(StockStore.lock(heldBy: [order]))
  }
}
