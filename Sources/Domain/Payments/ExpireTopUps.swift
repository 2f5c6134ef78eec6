internal import Core
internal import Events
package import Postgres

extension Cashier {
  /// Ends top-ups whose money never came, at most `limit` of them, here and at their providers.
  /// Should it come after all, the wallet takes it. True when there may be more.
  package func expireTopUps(limit: Int, in transaction: Transaction) throws -> Bool {
    let over = try transaction.read(PaymentStore.lockOverdueTopUps(at: now, limit: limit))
    for payment in over {
      PaymentStore.setStatus(.cancelled, of: payment, at: now, in: transaction)
      try tell(
        moved(payment, as: PaymentStates.Cancelled.self, "The money never came."), in: transaction)
      closeAtProvider(payment, in: transaction)
    }
    return over.count == limit
  }
}
