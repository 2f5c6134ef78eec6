package import Core

/// Levels that are locked, and what happens to them, one movement after the other. It touches no
/// database: `Warehouse.save` writes the outcome.
package struct StockLedger {
  private let before: [VariantID: StockLevel]
  private var now: [VariantID: StockLevel]
  package private(set) var movements: [Movement] = []

  package init(_ levels: [StockLevel]) {
    before = Dictionary(uniqueKeysWithValues: levels.map { ($0.variant, $0) })
    now = before
  }

  package func level(of variant: VariantID) -> StockLevel? { now[variant] }

  /// Adds to what is there. The caller has looked whether it may.
  package mutating func move(
    _ variant: VariantID, _ kind: Movement.Kind, onHand: Int = 0, reserved: Int = 0,
    reason: String? = nil, reference: String
  ) {
    guard let old = now[variant] else { preconditionFailure("moves what it has not locked") }
    var new = old
    new.onHand += onHand
    new.reserved += reserved
    now[variant] = new
    movements.append(
      Movement(kind: kind, before: old, after: new, reason: reason, reference: reference))
  }

  package mutating func setThreshold(_ threshold: Int, of variant: VariantID) {
    now[variant]?.lowStockThreshold = threshold
  }

  /// In the order of their ids.
  package var changed: [StockLevel] {
    let touched = Set(movements.map(\.after.variant))
    return now.values.filter { touched.contains($0.variant) || before[$0.variant] != $0 }
      .sorted { $0.variant < $1.variant }
  }

  /// What was not low before and is now: each crossing is here once.
  package var turnedLow: [StockLevel] {
    changed.filter { $0.isLow && before[$0.variant]?.isLow == false }
  }

  /// Per product how many more of its variants are in stock, or fewer.
  package var turns: [(product: ProductID, step: Int)] {
    changed.compactMap { level in
      guard let old = before[level.variant], old.isInStock != level.isInStock else { return nil }
      return (level.product, level.isInStock ? 1 : -1)
    }
  }
}
