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
    guard let id = try begin(request, isAtMost: false, in: transaction) else {
      throw PaymentError.refundTooLarge(refundable: 0)
    }
    return id
  }

  /// As `refund`, but less where less is left, as somebody gave money back by hand, and nothing
  /// where nothing is.
  package func refundWhatIsLeft(
    of request: RefundRequest, in transaction: Transaction
  ) throws {
    _ = try begin(request, isAtMost: true, in: transaction)
  }

  /// Nil where nothing is left of at most so much.
  private func begin(
    _ request: RefundRequest, isAtMost: Bool, after refusals: Int = 0, in transaction: Transaction
  ) throws -> RefundID? {
    let reference = refusals == 0 ? request.reference : "\(request.reference) \(refusals)"
    // The payment first: whoever waited for it sees what the one before wrote.
    let (payments, earlier, given) = try transaction.read(
      Self.lock(request.target), RefundStore.find(reference),
      RefundStore.sum(of: request.parcel))
    guard let payment = payments.first else {
      if isAtMost { return nil }
      throw PaymentError.noSuchPayment
    }
    if let earlier = earlier.first {
      guard earlier.payment == payment.id, earlier.amount == request.amount || isAtMost,
        earlier.parcel == request.parcel
      else { throw PaymentError.referenceUsed }
      return earlier.id
    }
    if isAtMost, payment.captured == 0 { return nil }
    let most = try Self.most(of: payment, for: request, given: given.first ?? 0)
    if isAtMost, most == 0 { return nil }
    let amount = isAtMost ? min(request.amount.amount, most) : request.amount.amount
    guard (1...max(1, most)).contains(amount), most > 0 else {
      throw PaymentError.refundTooLarge(refundable: most)
    }
    return try giveBack(
      payment, payment.money(amount), parcel: request.parcel, reason: request.reason,
      reference: reference, by: request.by, after: refusals, in: transaction
    ).id
  }

  private static func most(
    of payment: Payment, for request: RefundRequest, given: Int
  ) throws(PaymentError) -> Int {
    guard !payment.isTopUp else { throw .notRefundable }
    guard payment.captured > 0 else { throw .notCaptured }
    guard payment.amount.currency == request.amount.currency else {
      throw .wrongCurrency(field: "amount.currency")
    }
    let left = request.share.map { max(0, $0 - given) } ?? payment.refundable
    return min(left, payment.refundable)
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
      reason: reason.storable(500), reference: reference, status: .pending,
      asked: 0, fence: 0)
    let isOutside = payment.provider.isAskedForRefunds
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
  /// refused is begun anew, later each time, as far as it is still owed.
  package func isRefunded(
    _ request: RefundRequest, of order: OrderID, in transaction: Transaction
  ) throws -> Bool? {
    let attempts = try transaction.read(RefundStore.attempts(request.reference, of: order))
    guard let last = attempts.last else { return nil }
    guard last.status == .failed else { return last.status == .succeeded }
    // Somebody may have given it back by hand meanwhile.
    return try begin(request, isAtMost: true, after: attempts.count, in: transaction) == nil
  }
}
