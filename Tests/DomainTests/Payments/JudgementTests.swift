import Core
import KitTesting
import Payments
import Postgres
import Testing

/// Every state against everything that can be said of it.
@Suite struct JudgementTests {
  private static func expected(_ status: Payment.Status, _ finding: String) -> String {
    switch (status, finding) {
    case (.pending, "captured"), (.authorized, "captured"): "capture"
    case (.failed, "captured"), (.cancelled, "captured"): "capture unwanted"
    case (.pending, "failed"), (.authorized, "failed"): "fail"
    case (_, "wrong amount"): "suspect wrong_amount"
    case (_, "wrong currency"): "suspect wrong_currency"
    default: "nothing"
    }
  }

  private static let dollars = Money(1000, Counter.dollar)
  private static let findings: [String: Finding] = [
    "unknown": .unknown, "pending": .pending, "authorized": .authorized(dollars),
    "captured": .captured(dollars), "failed": .failed(reason: "no"),
    "wrong amount": .captured(Money(999, Counter.dollar)),
    "wrong currency": .captured(Money(1000, Counter.dong)),
  ]

  @Test func everyPairHasOneAnswer() throws {
    let counter = try Counter()
    for status in Payment.Status.allCases {
      let payment = try counter.payment(status)
      for (name, finding) in Self.findings {
        let judgement = payment.judge(finding)
        let words =
          switch judgement {
          case .nothing: "nothing"
          case .authorize: "authorize"
          case .capture(let isUnwanted): isUnwanted ? "capture unwanted" : "capture"
          case .fail: "fail"
          case .suspect(let kind, _): "suspect \(kind.rawValue)"
          }
        #expect(words == Self.expected(status, name), "\(status) \(name)")
      }
    }
  }
}

extension Counter {
  /// A payment in this state, of a provider outside.
  fileprivate func payment(_ status: Payment.Status) throws -> Payment {
    let captured = [.captured, .partiallyRefunded, .refunded].contains(status) ? 1000 : 0
    let refunded = [.partiallyRefunded: 400, .refunded: 1000][status] ?? 0
    let id: PaymentID = IDSource().id()
    let database = database.database()
    try database.execute(
      """
      INSERT INTO payments.payments
        (id, order_id, customer_id, provider, status, currency, amount, captured, refunded, failure,
         expires_at, created_at, updated_at)
      VALUES (\(id), gen_random_uuid(), gen_random_uuid(), 'stripe', \(status), 'USD', 1000,
              \(captured), \(refunded), 'x', now(), now(), now())
      """)
    return try #require(
      try database.transaction { try cashier.look(at: id, in: $0) })
  }
}
