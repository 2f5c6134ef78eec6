package import Core
internal import Postgres

/// One attempt to get money: for an order, or to fill a wallet.
package struct Payment: Sendable, Equatable {
  package let id: PaymentID
  /// Nil: it fills the customer's wallet.
  package let order: OrderID?
  package let customer: UserID
  package let provider: ProviderName
  package let method: String?
  package let savedMethod: PaymentMethodID?
  package private(set) var status: Status
  package private(set) var amount: Money
  package private(set) var captured: Int
  /// Promised to refunds that are under way.
  package private(set) var refunding: Int
  package private(set) var refunded: Int
  package let failure: String?
  package let returnURL: String?
  package let redirectURL: String?
  package private(set) var reference: String?
  package let isCreated: Bool
  package let dueAt: Timestamp?
  package let asked: Int
  package let askedMost: Int
  /// How often the provider was asked since it was given up.
  package let closing: Int
  /// Until then somebody is asking the provider.
  package let askingUntil: Timestamp?
  /// Its provider has told how it stood then, or later.
  package let knownAt: Timestamp?
  /// How often the provider has refused to take what was promised, and said so.
  package let refusals: Int
  package let fence: Int
  package let abandonedAt: Timestamp?
  package let expiresAt: Timestamp
  package let trace: String?

  package enum Status: String, Sendable, CaseIterable, Encodable, Bindable, Column {
    case pending, authorized, captured
    case partiallyRefunded = "partially_refunded"
    case refunded, failed, cancelled
  }

  /// What can still be given back.
  package var refundable: Int { captured - refunded - refunding }
  package var isTopUp: Bool { order == nil }
  package var isAbandoned: Bool { abandonedAt != nil }

  /// Now, or when whoever is asking has come to an end.
  func mayBeAsked(from now: Timestamp) -> Timestamp { max(now, askingUntil ?? now) }

  func money(_ amount: Int) -> Money { Money(amount, self.amount.currency) }

  /// Whether the provider has told before that it knows of it, by this name.
  func isKnown(as reference: String) -> Bool { isCreated && self.reference == reference }

  /// With what the provider has just called it.
  func knowing(_ reference: String?) -> Payment {
    var payment = self
    payment.reference = reference ?? self.reference
    return payment
  }

  /// As it stands once its money has come.
  var withItsMoney: Payment {
    var payment = self
    payment.status = .captured
    payment.captured = amount.amount
    return payment
  }

  /// As it stands once so much less is wanted.
  func lowered(by less: Int) -> Payment {
    var payment = self
    payment.amount = money(amount.amount - less)
    return payment
  }

  /// As it stands once so much is promised to a refund.
  func promising(_ amount: Int) -> Payment {
    var payment = self
    payment.refunding += amount
    return payment
  }

  /// As it stands once a refund that was under way has ended.
  func ending(_ refund: Refund, paid: Bool) -> Payment {
    var payment = self
    payment.refunding -= refund.amount.amount
    guard paid else { return payment }
    payment.refunded += refund.amount.amount
    payment.status = payment.refunded == captured ? .refunded : .partiallyRefunded
    return payment
  }
}

extension Payment {
  /// One that is settled the moment it is opened.
  init(_ draft: PaymentDraft, settled finding: Finding) {
    let state = OpeningState(finding)
    (id, order, customer, provider) = (draft.id, draft.order, draft.customer, draft.provider)
    (method, savedMethod, returnURL) = (draft.method, draft.savedMethod, draft.returnURL)
    (status, failure, amount) = (state.status, state.failure, draft.amount)
    captured = state.isPaid ? draft.amount.amount : 0
    (refunding, refunded, asked, askedMost) = (0, 0, 0, 0)
    (closing, refusals, fence) = (0, 0, 0)
    (redirectURL, reference, dueAt, askingUntil, knownAt) = (nil, nil, nil, nil, nil)
    (isCreated, abandonedAt) = (false, nil)
    (expiresAt, trace) = (draft.expiresAt, draft.trace)
  }

  /// In the order of `PaymentStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    order = try row.next()
    customer = try row.next()
    provider = try row.next()
    method = try row.next()
    savedMethod = try row.next()
    status = try row.next()
    let currency: Currency = try row.next()
    amount = Money(try row.next(), currency)
    captured = try row.next()
    refunding = try row.next()
    refunded = try row.next()
    failure = try row.next()
    returnURL = try row.next()
    redirectURL = try row.next()
    reference = try row.next()
    isCreated = try row.next()
    dueAt = try row.next()
    asked = try row.next()
    askedMost = try row.next()
    closing = try row.next()
    askingUntil = try row.next()
    knownAt = try row.next()
    refusals = try row.next()
    fence = try row.next()
    abandonedAt = try row.next()
    expiresAt = try row.next()
    trace = try row.next()
  }
}
