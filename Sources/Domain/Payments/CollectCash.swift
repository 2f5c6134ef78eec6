package import Core
package import Postgres

extension Cashier {
  /// The shipper took the cash of an order that is paid on delivery: what its delivered parcels
  /// cost, and no more than was asked for. Nothing happens for an order that is paid otherwise, or
  /// whose cash was taken before.
  package func collectCash(
    _ amount: Money, for order: OrderID, in transaction: Transaction
  ) throws {
    guard let payment = try unpaidCash(of: order, in: transaction) else { return }
    let less = max(0, payment.amount.amount - amount.amount)
    if less > 0 { PaymentStore.lower(payment.id, by: less, at: now, in: transaction) }
    let lowered = payment.lowered(by: less)
    guard lowered.amount.amount > 0 else { return }
    _ = try record(.captured(lowered.amount), for: lowered, in: transaction)
  }

  /// A part of an order that is paid on delivery is not sent: that much less is to be paid.
  package func askLess(
    for order: OrderID, by amount: Money, in transaction: Transaction
  ) throws {
    guard let payment = try unpaidCash(of: order, in: transaction) else { return }
    PaymentStore.lower(payment.id, by: amount.amount, at: now, in: transaction)
  }

  private func unpaidCash(of order: OrderID, in transaction: Transaction) throws -> Payment? {
    let payment = try transaction.read(PaymentStore.lockCurrent(of: order)).first
    return payment?.provider == .cod && payment?.status == .authorized ? payment : nil
  }
}
