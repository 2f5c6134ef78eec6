package import Core
package import JSON
internal import Postgres

/// A payment as its customer reads it.
package struct PaymentRecord: Encodable, Sendable {
  /// Nil while it is only asked for.
  @ExplicitNull package var id: PaymentID?
  @ExplicitNull package var number: Int?
  /// Nil: it fills the customer's wallet.
  @ExplicitNull package var orderId: OrderID?
  package let provider: ProviderName
  @ExplicitNull package var method: String?
  package let status: Payment.Status
  package let amount: Money
  package let captured: Money
  package let refunded: Money
  @ExplicitNull package var failure: String?
  @ExplicitNull package var redirectUrl: String?
  @ExplicitNull package var clientSecret: String?
  @ExplicitNull package var qrCodeUrl: String?
  /// What a pending one waits for, in words.
  @ExplicitNull package var waiting: String?
  package let expiresAt: Timestamp
  package let createdAt: Timestamp
  @ExplicitNull package var paidAt: Timestamp?
  package let version: Int

  static let columns: SQL = """
    p.id, p.number, p.order_id, p.provider, p.method, p.status, p.currency, p.amount, p.captured,
    p.refunded, p.failure, p.redirect_url, p.client_secret, p.qr_code_url, p.due_at, p.asked,
    p.asked_most, p.expires_at, p.created_at, p.paid_at, p.version
    """

  /// In the order of `columns`.
  init(_ row: inout Row, at now: Timestamp) throws {
    _id = ExplicitNull(wrappedValue: try row.next())
    _number = ExplicitNull(wrappedValue: try row.next())
    _orderId = ExplicitNull(wrappedValue: try row.next())
    provider = try row.next()
    _method = ExplicitNull(wrappedValue: try row.next())
    status = try row.next()
    let currency: Currency = try row.next()
    amount = Money(try row.next(), currency)
    captured = Money(try row.next(), currency)
    refunded = Money(try row.next(), currency)
    _failure = ExplicitNull(wrappedValue: try row.next())
    _redirectUrl = ExplicitNull(wrappedValue: try row.next())
    _clientSecret = ExplicitNull(wrappedValue: try row.next())
    _qrCodeUrl = ExplicitNull(wrappedValue: try row.next())
    let waiting = PaymentStanding.Waiting(
      provider: provider, nextQuestion: try row.next(), asked: try row.next(),
      most: try row.next())
    _waiting = ExplicitNull(
      wrappedValue: status == .pending ? waiting.words(at: now) : nil)
    expiresAt = try row.next()
    createdAt = try row.next()
    _paidAt = ExplicitNull(wrappedValue: try row.next())
    version = try row.next()
  }

  /// Of an attempt that the order's checkout will begin.
  init(
    askedFor order: OrderToPay, _ provider: ProviderName, method: String?, at now: Timestamp
  ) {
    _id = ExplicitNull(wrappedValue: nil)
    _number = ExplicitNull(wrappedValue: nil)
    _orderId = ExplicitNull(wrappedValue: order.id)
    self.provider = provider
    _method = ExplicitNull(wrappedValue: method)
    status = .pending
    amount = order.total
    captured = Money(0, order.total.currency)
    refunded = captured
    _failure = ExplicitNull(wrappedValue: nil)
    _redirectUrl = ExplicitNull(wrappedValue: nil)
    _clientSecret = ExplicitNull(wrappedValue: nil)
    _qrCodeUrl = ExplicitNull(wrappedValue: nil)
    _waiting = ExplicitNull(wrappedValue: "waiting for the order's checkout to begin it")
    expiresAt = order.expiresAt
    createdAt = now
    _paidAt = ExplicitNull(wrappedValue: nil)
    version = 0
  }
}
