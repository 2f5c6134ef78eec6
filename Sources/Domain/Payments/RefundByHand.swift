package import Core
package import Postgres

/// A refund as a person asks for it.
package struct RefundWish: Sendable {
  package let target: RefundRequest.Target
  /// Nil: whatever is left.
  package let amount: Money?
  package let parcel: ParcelID?
  package let reason: String
  package let reference: String

  package init(
    _ target: RefundRequest.Target, amount: Money?, parcel: ParcelID?, reason: String,
    reference: String
  ) {
    self.target = target
    self.amount = amount
    self.parcel = parcel
    self.reason = reason
    self.reference = reference
  }
}

extension Cashier {
  /// An administrator gives back what they like, a seller what was paid for their own parcel.
  /// Throws `noSuchPayment` to whom none of it belongs.
  package func refund(
    _ wish: RefundWish, by manager: ShopManager, in transaction: Transaction
  ) throws -> RefundRecord {
    guard let payment = try transaction.read(Self.lock(wish.target)).first else {
      throw PaymentError.noSuchPayment
    }
    let shares = try transaction.read(OrderDirectory.shares(of: payment.id, for: manager))
    guard manager.isAdmin || !shares.isEmpty else { throw PaymentError.noSuchPayment }
    let share = try Self.pick(wish.parcel, from: shares, for: manager)
    let amount = try wish.amount ?? rest(of: payment, share, in: transaction)
    let id = try refund(
      RefundRequest(
        .payment(payment.id), amount, parcel: share?.parcel, share: share?.amount,
        reason: wish.reason, reference: wish.reference, by: manager.user), in: transaction)
    AuditStore.insert(
      "refund", payment.id, id, by: manager.user, reason: wish.reason, at: now, in: transaction)
    guard let record = try transaction.read(RefundDirectory.find(id)).first else {
      throw PaymentError.noSuchPayment
    }
    return record
  }

  /// Whatever is left, of the parcel where there is one.
  private func rest(
    of payment: Payment, _ share: OrderDirectory.Share?, in transaction: Transaction
  ) throws -> Money {
    guard let share else { return payment.money(payment.refundable) }
    let given = try transaction.read(RefundStore.sum(of: share.parcel)).first ?? 0
    return payment.money(max(0, min(share.amount - given, payment.refundable)))
  }

  private static func pick(
    _ parcel: ParcelID?, from shares: [OrderDirectory.Share], for manager: ShopManager
  ) throws -> OrderDirectory.Share? {
    guard let parcel else {
      if manager.isAdmin { return nil }
      guard shares.count == 1 else { throw PaymentError.parcelNeeded }
      return shares[0]
    }
    guard let share = shares.first(where: { $0.parcel == parcel }) else {
      throw PaymentError.noSuchParcel
    }
    return share
  }
}
