package import Postgres

extension Cashier {
  /// Money of what was given up that no refund is under way for: it was refused, and perhaps no
  /// saga is left to ask for it. It is asked for again, later each time, of at most `limit`
  /// payments. True when there may be more.
  package func giveBackAgain(limit: Int, in transaction: Transaction) throws -> Bool {
    let unwanted = try transaction.read(PaymentStore.lockUnwanted(limit: limit))
    for payment in unwanted {
      let failures = try transaction.read(RefundStore.failures(of: payment.id)).first ?? 0
      _ = try giveBackRest(
        of: payment, reason: "Nobody wants the payment any more.", after: failures,
        in: transaction)
    }
    return unwanted.count == limit
  }
}
