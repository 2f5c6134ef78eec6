internal import Core
internal import Postgres

enum SecurityStore {
  static func insert(
    _ kind: SecurityEvent, provider: ProviderName, payment: PaymentID?, detail: String,
    at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO payments.security_events
        (kind, provider, payment_id, detail, occurred_at)
      VALUES (\(kind.rawValue), \(provider), \(payment), \(detail.storable(500)),
              \(now))
      """)
  }

  /// What anybody can do as often as they like: what comes of the same kind from the same address
  /// in the same minute is counted. `detail` is kept of the first.
  static func count(
    _ kind: SecurityEvent, provider: ProviderName, detail: String, from address: String,
    at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      SELECT payments.count_security_event(
        \(kind.rawValue), \(provider), \(detail.storable(500)), \(address), \(now))
      """)
  }
}

/// What should not have happened, and changed nothing.
package enum SecurityEvent: String, Sendable, CaseIterable {
  case forged, stale, repeated, unreadable
  case unknownPayment = "unknown_payment"
  case wrongProvider = "wrong_provider"
  case wrongAmount = "wrong_amount"
  case wrongCurrency = "wrong_currency"
  /// It came for what was given up, and goes back.
  case unwantedMoney = "unwanted_money"
  /// It had gone back, and came here again.
  case refundUndone = "refund_undone"
}
