package import Core
internal import Events
internal import Postgres

/// What the verbs of Inventory work with. Each verb is a file named after it.
package struct Warehouse {
  let ids: IDSource
  let trace: String?
  let now: Timestamp

  package init(ids: IDSource, trace: String?) {
    self.ids = ids
    self.trace = trace
    now = ids.clock.now
  }

  /// Writes what the ledger holds. Everything travels with the next statement or the COMMIT.
  func save(_ ledger: StockLedger, by actor: UserID?, in transaction: Transaction) throws {
    StockStore.update(ledger.changed, at: now, in: transaction)
    MovementStore.append(ledger.movements, by: actor, at: now, in: transaction)
    for level in ledger.turnedLow {
      try StockRanLow(
        variantId: level.variant, productId: level.product, shopId: level.shop,
        available: level.available, threshold: level.lowStockThreshold
      ).append(to: transaction, ids: ids, at: now, trace: trace)
    }
    StockStore.count(ledger.turns, in: transaction)
  }
}
