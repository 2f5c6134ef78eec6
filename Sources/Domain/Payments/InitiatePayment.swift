package import Core
internal import Events
package import Postgres

/// How a customer wants to pay an order.
package struct PaymentWish: Sendable {
  package let order: OrderID
  package let provider: String
  package let method: String?
  package let savedMethod: PaymentMethodID?
  package let returnURL: String?

  package init(
    order: OrderID, provider: String, method: String?, savedMethod: PaymentMethodID?,
    returnURL: String?
  ) {
    self.order = order
    self.provider = provider
    self.method = method
    self.savedMethod = savedMethod
    self.returnURL = returnURL
  }
}

extension Cashier {
  /// A live payment is returned again; `isBegun` is false where one has to be made first, which
  /// the order's checkout does when it hears of it: after an attempt that failed it begins anew.
  package func initiate(
    _ wish: PaymentWish, by customer: UserID, with providers: Providers,
    in transaction: Transaction
  ) throws -> (payment: PaymentRecord, isBegun: Bool) {
    let reader = PaymentReader(customer, isAdmin: false, now: now)
    var (orders, current, records, saved) = try transaction.read(
      OrderDirectory.find(wish.order, of: customer), PaymentStore.lockCurrent(of: wish.order),
      PaymentDirectory.query(.order(wish.order), for: reader),
      MethodStore.provider(of: wish.savedMethod, for: customer))
    guard let order = orders.first else { throw PaymentError.noSuchOrder }
    let name = try providers.check(
      wish.provider, method: wish.method, currency: order.total.currency,
      returnURL: wish.returnURL)
    try name.check(wish.savedMethod, found: saved)
    if current.isEmpty, let url = wish.returnURL {
      try providers.check(returnURL: url, for: order.provider)
      OrderDirectory.remember(returnURL: url, for: order.id, of: customer, in: transaction)
      (current, records) = try transaction.read(
        PaymentStore.lockCurrent(of: wish.order),
        PaymentDirectory.query(.order(wish.order), for: reader))
    }
    if let payment = current.first, payment.status == .pending, let record = records.first {
      // Who was asked already has the address that was known then.
      if let url = wish.returnURL, !payment.isCreated, payment.asked == 0 {
        try providers.check(returnURL: url, for: payment.provider)
        PaymentStore.setReturnURL(url, of: payment, in: transaction)
      }
      return (record, true)
    }
    try Self.mayBePaid(order, current.first, at: now)
    if let payment = current.first {
      PaymentStore.setAbandoned(payment, reason: "tried again", at: now, in: transaction)
    }
    // Nothing has failed yet: the checkout that is under way makes its first payment.
    if current.first != nil || order.status == "payment_failed" {
      try tell(
        PaymentRequested(
          orderId: order.id, holdId: order.hold, customerId: customer, provider: wish.provider,
          method: wish.method, paymentMethodId: wish.savedMethod, returnUrl: wish.returnURL),
        in: transaction)
    }
    return (PaymentRecord(askedFor: order, name, method: wish.method, at: now), false)
  }

  private static func mayBePaid(
    _ order: OrderToPay, _ current: Payment?, at now: Timestamp
  ) throws {
    guard current == nil || current?.status == .failed else { throw PaymentError.orderPaid }
    switch order.status {
    case "pending", "awaiting_payment", "payment_failed":
      guard now < order.expiresAt else { throw PaymentError.orderClosed }
    case "paid", "processing", "shipped", "delivered", "completed": throw PaymentError.orderPaid
    default: throw PaymentError.orderClosed
    }
  }
}
