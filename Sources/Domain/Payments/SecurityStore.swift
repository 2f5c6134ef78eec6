internal import Core
internal import Postgres

enum SecurityStore {
  static func insert(
    _ kind: SecurityEvent, provider: ProviderName, payment: PaymentID?, detail: String,
    from address: String? = nil, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO payments.security_events
        (kind, provider, payment_id, detail, remote_ip, occurred_at)
      VALUES (\(kind.rawValue), \(provider), \(payment), \(PaymentStore.shortened(detail, 500)),
              \(address), \(now))
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
}
