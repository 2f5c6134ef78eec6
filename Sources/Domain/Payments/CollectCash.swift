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
