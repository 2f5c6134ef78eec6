package import Core

/// Events about one payment.
package protocol PaymentEvent: DomainEvent {
  var paymentId: PaymentID { get }
}

extension PaymentEvent {
  package static var aggregateType: String { "payment" }
  package var aggregateID: UUID { paymentId.uuid }
}

/// It came to a new state, of which each has a type of its own.
package struct PaymentMoved<State: PaymentState>: PaymentEvent {
  package static var type: String { State.type }
  package let paymentId: PaymentID
  /// Nil: it fills the customer's wallet.
  package let orderId: OrderID?
  package let customerId: UserID
  package let provider: String
  package let amount: Money
  package let reason: String?
  /// Money for something that is dead: it goes back by itself.
  package let isUnwanted: Bool

  package init(
    paymentId: PaymentID, orderId: OrderID?, customerId: UserID, provider: String, amount: Money,
    reason: String? = nil, isUnwanted: Bool = false
  ) {
    self.paymentId = paymentId
    self.orderId = orderId
    self.customerId = customerId
    self.provider = provider
    self.amount = amount
    self.reason = reason
    self.isUnwanted = isUnwanted
  }
}

package protocol PaymentState: Sendable {
  static var type: String { get }
}

package enum PaymentStates {
  package enum Captured: PaymentState { package static let type = "payment.captured.v1" }
  package enum Authorized: PaymentState { package static let type = "payment.authorized.v1" }
  package enum Failed: PaymentState { package static let type = "payment.failed.v1" }
  package enum Cancelled: PaymentState { package static let type = "payment.cancelled.v1" }
}

/// What became of money on its way back.
package struct RefundSettled<State: PaymentState>: PaymentEvent {
  package static var type: String { State.type }
  package let paymentId: PaymentID
  package let refundId: RefundID
  package let orderId: OrderID?
  package let parcelId: ParcelID?
  package let customerId: UserID
  package let provider: String
  /// Of this refund.
  package let amount: Money
  /// Nothing of the payment is left.
  package let isFull: Bool
  package let reason: String

  package init(
    paymentId: PaymentID, refundId: RefundID, orderId: OrderID?, parcelId: ParcelID?,
    customerId: UserID, provider: String, amount: Money, isFull: Bool, reason: String
  ) {
    self.paymentId = paymentId
    self.refundId = refundId
    self.orderId = orderId
    self.parcelId = parcelId
    self.customerId = customerId
    self.provider = provider
    self.amount = amount
    self.isFull = isFull
    self.reason = reason
  }
}

package enum RefundStates {
  package enum Succeeded: PaymentState { package static let type = "payment.refunded.v1" }
  package enum Failed: PaymentState { package static let type = "refund.failed.v1" }
}

/// A customer tries again to pay an order whose payment failed.
package struct PaymentRequested: DomainEvent {
  package static let type = "payment.requested.v1"
  package static let aggregateType = "order"
  package var aggregateID: UUID { orderId.uuid }
  package let orderId: OrderID
  /// The attempt that failed.
  package let holdId: OrderID
  package let customerId: UserID
  package let provider: String
  package let method: String?
  package let paymentMethodId: PaymentMethodID?
  package let returnUrl: String?

  package init(
    orderId: OrderID, holdId: OrderID, customerId: UserID, provider: String, method: String?,
    paymentMethodId: PaymentMethodID?, returnUrl: String?
  ) {
    self.orderId = orderId
    self.holdId = holdId
    self.customerId = customerId
    self.provider = provider
    self.method = method
    self.paymentMethodId = paymentMethodId
    self.returnUrl = returnUrl
  }
}
