package import Core
internal import Events
package import Postgres

extension Cashier {
  /// The order died. What is not paid is cancelled, here and then at its provider; what is paid
  /// goes back, and what comes later goes back by itself. True when nothing is open any more: asked
  /// again once refunds are through, it says so; a refund that failed is begun anew, but later.
  package func abandon(
    _ order: OrderID, reason: String, in transaction: Transaction
  ) throws -> Bool {
    let (payments, failures) = try transaction.read(
      PaymentStore.lockAll(of: order), RefundStore.failures(of: order))
    let failed = Dictionary(uniqueKeysWithValues: failures.map { ($0.payment, $0.count) })
    var isClosed = true
    for payment in payments {
      let isOver = try abandon(
        payment, reason: reason, failures: failed[payment.id] ?? 0, in: transaction)
      isClosed = isClosed && isOver
    }
    return isClosed
  }

  private func abandon(
    _ payment: Payment, reason: String, failures: Int, in transaction: Transaction
  ) throws -> Bool {
    if !payment.isAbandoned {
      PaymentStore.setAbandoned(payment, reason: reason, at: now, in: transaction)
    }
    switch payment.status {
    case .failed, .cancelled, .refunded: return true
    case .pending, .authorized:
      PaymentStore.setStatus(.cancelled, of: payment, at: now, in: transaction)
      try tell(moved(payment, as: PaymentStates.Cancelled.self, reason), in: transaction)
      closeAtProvider(payment, in: transaction)
      return true
    case .captured, .partiallyRefunded:
      guard payment.refundable > 0 else {
        return payment.captured == payment.refunded
      }
      let isSettled = try giveBackRest(
        of: payment, reason: reason.isEmpty ? "The order was cancelled." : reason, after: failures,
        in: transaction)
      return isSettled && payment.refunding == 0
    }
  }

  /// All that is left of a payment that was given up. True when it has gone already. Whoever asks
  /// after as many refusals asks for the same.
  func giveBackRest(
    of payment: Payment, reason: String, after failures: Int, in transaction: Transaction
  ) throws -> Bool {
    try giveBack(
      payment, payment.money(payment.refundable), parcel: nil, reason: reason,
      reference: "abandon \(payment.id) \(failures)", by: nil, after: failures, in: transaction
    ).isSettled
  }

  /// Whoever has seen the provider's page may still pay there: so the provider is asked to close
  /// it, by whoever asks about payments. What is being asked just now is waited for.
  func closeAtProvider(_ payment: Payment, in transaction: Transaction) {
    guard payment.provider.isOutside, payment.isCreated || payment.asked > 0 else { return }
    PaymentStore.setDue(payment.mayBeAsked(from: now), of: payment.id, in: transaction)
  }
}
