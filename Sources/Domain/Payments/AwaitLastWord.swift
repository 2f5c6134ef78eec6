package import Core
package import Postgres

extension Cashier {
  /// Whether the order's payment, whose time was over at `end`, may have been paid for all we know:
  /// somebody outside has it, and has not said since then how it stands. They are asked at once.
  package func awaitsLastWord(
    on order: OrderID, since end: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    guard let payment = try transaction.read(PaymentStore.lockCurrent(of: order)).first,
      payment.status == .pending, payment.provider.isOutside,
      // Nobody can have paid what was never opened.
      payment.isCreated || payment.asked > 0
    else { return false }
    if let known = payment.knownAt, known >= end { return false }
    let next = payment.mayBeAsked(from: now)
    if payment.dueAt.map({ $0 > next }) ?? true {
      PaymentStore.setDue(next, of: payment.id, in: transaction)
      transaction.hasNews = true
    }
    return true
  }
}
