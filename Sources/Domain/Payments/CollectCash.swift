package import Core
package import Postgres

extension Cashier {
  /// The shipper took the cash of an order that is paid on delivery. Nothing happens for an order
  /// that is paid otherwise, or whose cash was taken before.
  package func collectCash(for order: OrderID, in transaction: Transaction) throws {
    guard let payment = try transaction.read(PaymentStore.lockCurrent(of: order)).first,
      payment.provider == .cod, payment.status == .authorized
    else { return }
    try record(.captured(payment.amount), for: payment, in: transaction)
  }
}

extension Cashier {
  /// A part of an order that is paid on delivery is not sent: that much less is to be paid.
  package func askLess(
    for order: OrderID, by amount: Money, in transaction: Transaction
  ) throws {
    guard let payment = try transaction.read(PaymentStore.lockCurrent(of: order)).first,
      payment.provider == .cod, payment.status == .authorized
    else { return }
    PaymentStore.lower(payment.id, by: amount.amount, at: now, in: transaction)
  }
}
