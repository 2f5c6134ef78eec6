package import Core
internal import Events
package import Postgres

/// What is to be given back.
package struct RefundRequest: Sendable {
  package let target: Target
  package let amount: Money
  package let parcel: ParcelID?
  /// What the parcel cost: no more than that goes back for it in all.
  package let share: Int?
  package let reason: String
  /// The same reference asks once.
  package let reference: String
  package let by: UserID?

  package enum Target: Sendable, Equatable {
    case order(OrderID)
    case payment(PaymentID)
  }

  package init(
    _ target: Target, _ amount: Money, parcel: ParcelID? = nil, share: Int? = nil, reason: String,
    reference: String, by: UserID? = nil
  ) {
    self.target = target
    self.amount = amount
    self.parcel = parcel
    self.share = share
    self.reason = reason
    self.reference = reference
    self.by = by
  }
}

extension Cashier {
  /// Gives back a part of a payment, or all of it. Throws `refundTooLarge` where less is left; an
  /// outside provider is asked later, by a job. Called again with the same reference it does
  /// nothing.
  @discardableResult
  package func refund(_ request: RefundRequest, in transaction: Transaction) throws -> RefundID {
    try refund(request, after: 0, in: transaction)
  }

  @discardableResult
  private func refund(
    _ request: RefundRequest, after refusals: Int, in transaction: Transaction
  ) throws -> RefundID {
    let reference = refusals == 0 ? request.reference : "\(request.reference) \(refusals)"
    // The payment first: whoever waited for it sees what the one before wrote.
    let (payments, earlier, given) = try transaction.read(
      Self.lock(request.target), RefundStore.find(reference),
      RefundStore.sum(of: request.parcel))
    guard let payment = payments.first else { throw PaymentError.noSuchPayment }
    if let earlier = earlier.first {
      guard earlier.payment == payment.id, earlier.amount == request.amount,
        earlier.parcel == request.parcel
      else { throw PaymentError.referenceUsed }
      return earlier.id
    }
    guard !payment.isTopUp else { throw PaymentError.notRefundable }
    guard payment.captured > 0 else { throw PaymentError.notCaptured }
    guard payment.amount.currency == request.amount.currency else {
      throw PaymentError.wrongCurrency(field: "amount.currency")
    }
    let left = request.share.map { max(0, $0 - (given.first ?? 0)) } ?? payment.refundable
    let most = min(left, payment.refundable)
    guard (1...max(1, most)).contains(request.amount.amount), most > 0 else {
      throw PaymentError.refundTooLarge(refundable: most)
    }
    return try giveBack(
      payment, request.amount, parcel: request.parcel, reason: request.reason,
      reference: reference, by: request.by, after: refusals, in: transaction
    ).id
  }

  static func lock(_ target: RefundRequest.Target) -> Query<Payment> {
    switch target {
    case .payment(let id): PaymentStore.lock(id)
    case .order(let order): PaymentStore.lockPaid(of: order)
    }
  }

  /// Of a payment that this transaction has locked and that has at least as much left. After
  /// `refusals` of somebody outside they are asked again later.
  @discardableResult
  func giveBack(
    _ payment: Payment, _ amount: Money, parcel: ParcelID?, reason: String, reference: String,
    by user: UserID?, after refusals: Int = 0, in transaction: Transaction
  ) throws -> (id: RefundID, isSettled: Bool) {
    let refund = Refund(
      id: ids.id(), payment: payment.id, parcel: parcel, amount: amount,
      reason: PaymentStore.shortened(reason, 500), reference: reference, status: .pending,
      asked: 0, fence: 0)
    let isOutside = payment.provider.isOutside && payment.provider != .sandbox
    let pause =
      refusals == 0 ? .zero : Patience.afterRefusals.pause(after: refusals, ids.randomness)
    RefundStore.insert(
      refund, by: user, due: isOutside ? now + pause : nil, trace: trace, at: now, in: transaction)
    let promised = payment.promising(amount.amount)
    guard !isOutside else {
      transaction.hasNews = true
      PaymentStore.setRefunds(of: promised, at: now, in: transaction)
      return (refund.id, false)
    }
    try settle(refund, of: promised, succeeded: true, in: transaction)
    return (refund.id, true)
  }

  /// Writes down how a refund ended. Both are locked.
  func settle(
    _ refund: Refund, of payment: Payment, succeeded: Bool, in transaction: Transaction
  ) throws {
    let after = payment.ending(refund, paid: succeeded)
    RefundStore.settle(
      refund, as: succeeded ? .succeeded : .failed, at: now, in: transaction)
    PaymentStore.setRefunds(of: after, at: now, in: transaction)
    guard succeeded else {
      return try tell(settled(refund, of: after, as: RefundStates.Failed.self), in: transaction)
    }
    transaction.late(BookedEntry(entry: .refund(refund, of: payment), at: now))
    try tell(settled(refund, of: after, as: RefundStates.Succeeded.self), in: transaction)
  }

  private func settled<State>(
    _ refund: Refund, of payment: Payment, as state: State.Type
  ) -> RefundSettled<State> {
    RefundSettled(
      paymentId: payment.id, refundId: refund.id, orderId: payment.order, parcelId: refund.parcel,
      customerId: payment.customer, provider: payment.provider.rawValue, amount: refund.amount,
      isFull: payment.status == .refunded, reason: refund.reason)
  }
}

extension Cashier {
  /// Whether the money asked back by this reference has gone; nil where none was asked. What was
  /// refused is begun anew, later each time.
  package func isRefunded(
    _ request: RefundRequest, of order: OrderID, in transaction: Transaction
  ) throws -> Bool? {
    let attempts = try transaction.read(RefundStore.attempts(request.reference, of: order))
    guard let last = attempts.last else { return nil }
    guard last.status == .failed else { return last.status == .succeeded }
    do {
      try refund(request, after: attempts.count, in: transaction)
    } catch PaymentError.refundTooLarge {
      // Somebody gave money back by hand meanwhile: it is for them to say what is still owed.
    }
    return false
  }
}
