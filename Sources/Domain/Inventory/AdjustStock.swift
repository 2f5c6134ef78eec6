package import Core
package import Postgres

/// What a seller does to one variant's stock.
package struct StockChange: Sendable {
  /// Nil means the product's only variant.
  package let variant: VariantID?
  package let action: Action?
  package let lowStockThreshold: Int?
  /// Where in the request it stands, as in `variants[2].`.
  package let place: String

  package enum Action: Sendable {
    /// They counted. `expected` is what they believed to be there before.
    case set(Int, expected: Int?)
    case add(Int, reason: String)
  }

  package init(
    variant: VariantID?, action: Action?, lowStockThreshold: Int?, place: String = ""
  ) {
    self.variant = variant
    self.action = action
    self.lowStockThreshold = lowStockThreshold
    self.place = place
  }
}

extension Warehouse {
  /// All changes or none. Throws `noSuchProduct` to whom the shop does not belong, `numberMoved`
  /// with the true number where another was expected, `belowReserved` where orders hold more.
  package func adjust(
    _ product: ProductID, _ changes: [StockChange], reference: String, by manager: ShopManager,
    check: (_ version: Int) throws -> Void, in transaction: Transaction
  ) throws {
    let (levels, moved) = try transaction.read(
      StockStore.lock(product, for: manager), MovementStore.moved(product, by: reference))
    guard !levels.isEmpty else { throw InventoryError.noSuchProduct }
    try check(levels.reduce(0) { $0 + $1.version })
    var ledger = StockLedger(levels)
    var seen = Set<VariantID>()
    for change in changes {
      let level = try pick(change, from: levels)
      guard seen.insert(level.variant).inserted else {
        throw InventoryError.namedTwice(field: "\(change.place)variant_id")
      }
      if let threshold = change.lowStockThreshold {
        ledger.setThreshold(threshold, of: level.variant)
      }
      guard let action = change.action else { continue }
      guard !moved.contains(level.variant) else { throw InventoryError.referenceUsed }
      try apply(action, to: level, at: change.place, reference: reference, in: &ledger)
    }
    try save(ledger, by: manager.user, in: transaction)
  }

  private func pick(_ change: StockChange, from levels: [StockLevel]) throws -> StockLevel {
    let field = "\(change.place)variant_id"
    guard let variant = change.variant else {
      guard levels.count == 1 else { throw InventoryError.chooseAVariant(field: field) }
      return levels[0]
    }
    guard let level = levels.first(where: { $0.variant == variant }) else {
      throw InventoryError.noSuchVariant(field: field)
    }
    return level
  }

  private func apply(
    _ action: StockChange.Action, to level: StockLevel, at place: String, reference: String,
    in ledger: inout StockLedger
  ) throws {
    switch action {
    case .set(let count, let expected):
      guard expected == nil || expected == level.onHand else {
        throw InventoryError.numberMoved(onHand: level.onHand)
      }
      try mayBe(count, level, field: "\(place)quantity")
      ledger.move(level.variant, .set, onHand: count - level.onHand, reference: reference)
    case .add(let delta, let reason):
      try mayBe(level.onHand + delta, level, field: "\(place)delta")
      ledger.move(
        level.variant, .adjustment, onHand: delta, reason: reason, reference: reference)
    }
  }

  private func mayBe(_ onHand: Int, _ level: StockLevel, field: String) throws {
    guard onHand >= 0 else { throw InventoryError.belowZero(field: field, onHand: level.onHand) }
    guard onHand <= StockLevel.onHandMax else { throw InventoryError.tooMuch(field: field) }
    guard onHand >= level.reserved else {
      throw InventoryError.belowReserved(onHand: level.onHand, reserved: level.reserved)
    }
  }
}
