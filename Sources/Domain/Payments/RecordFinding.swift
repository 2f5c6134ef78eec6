internal import Core
internal import Events
internal import Postgres

extension Cashier {
  /// Does what a finding means for a payment that this transaction has locked. The same finding
  /// again, or one that comes late, changes nothing. Returns what was done, in words.
  @discardableResult
  func record(
    _ finding: Finding, for payment: Payment, in transaction: Transaction
  ) throws -> String {
    switch payment.judge(finding) {
    case .nothing(let words): return words
    case .authorize:
      PaymentStore.setStatus(.authorized, of: payment, at: now, in: transaction)
      try announce(finding, of: payment, in: transaction)
      return "authorized"
    case .capture(let isUnwanted):
      try capture(payment, isUnwanted: isUnwanted, in: transaction)
      return isUnwanted ? "captured, and given back" : "captured"
    case .fail(let reason):
      PaymentStore.setStatus(.failed, failure: reason, of: payment, at: now, in: transaction)
      try announce(.failed(reason: reason), of: payment, in: transaction)
      return "failed: \(reason)"
    case .suspect(let kind, let detail):
      SecurityStore.insert(
        kind, provider: payment.provider, payment: payment.id, detail: detail, at: now,
        in: transaction)
      return "\(kind.rawValue): \(detail)"
    }
  }

  private func capture(
    _ payment: Payment, isUnwanted: Bool, in transaction: Transaction
  ) throws {
    // Given up first: what is not wanted must not take the place of another payment that is.
    if isUnwanted {
      PaymentStore.setAbandoned(
        payment, reason: "the money came too late", at: now, in: transaction)
    }
    PaymentStore.setCaptured(payment, at: now, in: transaction)
    try announce(
      .captured(payment.amount), of: payment, isUnwanted: isUnwanted, in: transaction)
    guard isUnwanted, payment.amount.amount > 0 else { return }
    SecurityStore.insert(
      .unwantedMoney, provider: payment.provider, payment: payment.id,
      detail: "\(payment.amount.amount) \(payment.amount.currency.rawValue) goes back", at: now,
      in: transaction)
    try giveBack(
      payment.withItsMoney, payment.amount, parcel: nil,
      reason: "The money came too late.", reference: "late \(payment.id)", by: nil,
      in: transaction)
  }

  /// The payment's row says so already: the ledger and the others hear of it.
  func announce(
    _ finding: Finding, of payment: Payment, isUnwanted: Bool = false, in transaction: Transaction
  ) throws {
    switch finding {
    case .authorized:
      try tell(moved(payment, as: PaymentStates.Authorized.self), in: transaction)
    case .captured:
      if payment.amount.amount > 0 {
        transaction.late(BookedEntry(entry: .capture(payment), at: now))
      }
      try tell(
        moved(payment, as: PaymentStates.Captured.self, isUnwanted: isUnwanted), in: transaction)
    case .failed(let reason):
      try tell(moved(payment, as: PaymentStates.Failed.self, reason), in: transaction)
    case .pending, .unknown: break
    }
  }

  func moved<State>(
    _ payment: Payment, as state: State.Type, _ reason: String? = nil, isUnwanted: Bool = false
  ) -> PaymentMoved<State> {
    PaymentMoved(
      paymentId: payment.id, orderId: payment.order, customerId: payment.customer,
      provider: payment.provider.rawValue, amount: payment.amount, reason: reason,
      isUnwanted: isUnwanted)
  }
}
