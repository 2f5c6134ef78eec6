package import Core
package import Postgres

extension Campaigns {
  /// Locks promotions that several orders are about to use.
  package func lock(_ promotions: Set<PromotionID>, in transaction: Transaction) throws {
    guard !promotions.isEmpty else { return }
    _ = try transaction.read(PromotionStore.lock(promotions.sorted()))
  }

  /// Takes a use of each promotion for the order, or of none: throws `notUsable` with the reason
  /// of the first that cannot be had. Called again it does nothing; called after the order gave
  /// its uses back it throws `useOver`.
  package func take(
    _ promotions: Set<PromotionID>, for order: OrderID, of customer: UserID,
    in transaction: Transaction
  ) throws {
    let wanted = promotions.sorted()
    let (inserted, states, rules, counts) = try transaction.read(
      UseStore.insertOrder(order, of: customer, at: now), UseStore.lockOrder(order),
      PromotionStore.lock(wanted), UseStore.counts(of: wanted, by: customer))
    guard !inserted.isEmpty else {
      guard states.first == .taken else { throw PromotionError.useOver }
      return
    }
    guard rules.count == wanted.count else { throw PromotionError.noSuchPromotion }
    let used = Dictionary(uniqueKeysWithValues: counts.map { ($0.promotion, $0.used) })
    for rule in rules {
      if let reason = rule.refusal(at: now, usedByCustomer: used[rule.id] ?? 0) {
        throw PromotionError.notUsable(rule.id, reason)
      }
    }
    UseStore.take(wanted, for: order, of: customer, in: transaction)
  }

  /// When the order dies. One that gives back before it took is remembered, so that taking late
  /// does nothing.
  package func giveBack(_ order: OrderID, in transaction: Transaction) throws {
    let (inserted, states) = try transaction.read(
      UseStore.insertDeadOrder(order, at: now), UseStore.lockOrder(order))
    guard inserted.isEmpty, states.first == .taken else { return }
    _ = try transaction.read(UseStore.lockPromotions(of: order))
    UseStore.giveBack(order, in: transaction)
  }
}

/// What an order did with its promotions.
enum UseState: String, Bindable, Column {
  case taken
  case givenBack = "given_back"
}
