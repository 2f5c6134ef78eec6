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

  /// Writes what the ledger holds, before anything else is asked or with the COMMIT.
  func save(_ ledger: StockLedger, by actor: UserID?, in transaction: Transaction) throws {
    for level in ledger.changed { transaction.late(ChangedLevel(level: level, at: now)) }
    for movement in ledger.movements {
      transaction.late(WrittenMovement(movement: movement, actor: actor, at: now))
    }
    for level in ledger.turnedLow {
      try StockRanLow(
        variantId: level.variant, productId: level.product, shopId: level.shop,
        available: level.available, threshold: level.lowStockThreshold
      ).append(to: transaction, ids: ids, at: now, trace: trace)
    }
    StockStore.count(ledger.turns, in: transaction)
  }
}
