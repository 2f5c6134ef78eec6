import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// A refund may fail days after Stripe has said that it succeeded: the bank sends the money back.
/// Nothing here can give it to the customer then, so somebody has to hear of it.
@Suite struct StripeRefundCallTests {
  private let counter: Counter
  private let server: LocalServer
  private let desk: ProviderDesk

  init() throws {
    counter = try Counter()
    server = try LocalServer { request in
      if request.path == "/v1/refunds" {
        return .json(200, ["id": "re_1", "status": "succeeded"])
      }
      return .json(
        200,
        [
          "id": "pi_1", "status": "succeeded", "amount": 1999, "currency": "usd",
          "amount_received": 1999,
        ])
    }
    desk = try Counter.desk(server.origin)
  }

  /// As Stripe documents it, of its version 2024-06-20.
  private static func call(
    _ type: String, _ refund: String, status: String = "failed", event: String = "1"
  ) throws -> JSONValue {
    try JSONValue.parse(
      Array(
        """
        {"id":"evt_\(event)","object":"event","api_version":"2024-06-20","created":1718000000,
         "type":"\(type)","livemode":false,"pending_webhooks":1,
         "request":{"id":null,"idempotency_key":null},
         "data":{"object":{"id":"re_1","object":"refund","amount":999,
           "balance_transaction":"txn_1","charge":"ch_1","created":1717000000,"currency":"usd",
           "destination_details":{"card":{"type":"refund"},"type":"card"},
           "failure_balance_transaction":"txn_2","failure_reason":"expired_or_canceled_card",
           "metadata":{"refund_id":"\(refund)"},"payment_intent":"pi_1","reason":null,
           "receipt_number":null,"source_transfer_reversal":null,"status":"\(status)",
           "transfer_reversal":null},
          "previous_attributes":{"status":"succeeded"}}}
        """.utf8))
  }

  /// A payment of which a part is to go back.
  private func paid() throws -> (payment: PaymentID, refund: RefundID) {
    let (order, id) = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    return (id, try counter.refund(order, 999))
  }

  private func receive(_ call: JSONValue) throws {
    try counter.receive(call, from: .stripe)
    try counter.readCalls(desk)
  }

  private func verdicts() throws -> [String] {
    try counter.database.database().query(
      "SELECT n.verdict FROM payments.notifications AS n ORDER BY n.received_at, n.id"
    ) { row in try row.next() }
  }

  @Test(arguments: ["charge.refund.updated", "refund.updated", "refund.failed"])
  func aRefundThatFailsAfterAllIsTold(_ type: String) throws {
    let (id, refund) = try paid()
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "partially_refunded")
    #expect(try counter.stuck("undone_refunds") == 0)
    try receive(try Self.call(type, refund.description))
    #expect(try counter.incidents("refund_undone") == 1)
    #expect(try counter.stuck("undone_refunds") == 1)
    #expect(
      try counter.count(
        """
        SELECT count(*) FROM payments.security_events AS s WHERE s.payment_id = \(id)
          AND s.provider = 'stripe' AND s.detail = \(
            "999 USD of \(refund) came back: expired_or_canceled_card")
        """) == 1)
    // Nothing is booked by itself.
    #expect(try counter.column("refunded", of: id) == "999")
    try counter.expectBooksToBalance()
  }

  /// Stripe tells the same by several calls: it is one refund.
  @Test func itIsCountedOnce() throws {
    let (_, refund) = try paid()
    #expect(try desk.refundOne(with: counter.tools()))
    for type in ["charge.refund.updated", "refund.updated", "refund.failed"] {
      try receive(try Self.call(type, refund.description, event: type))
    }
    #expect(try counter.stuck("undone_refunds") == 1)
  }

  /// What is under way is asked about by the job, and what was refused is known.
  @Test func otherRefundsAreLeftAlone() throws {
    let (_, refund) = try paid()
    try receive(try Self.call("refund.failed", refund.description))
    #expect(try desk.refundOne(with: counter.tools()))
    for status in ["succeeded", "pending", "requires_action"] {
      try receive(try Self.call("refund.updated", refund.description, status: status))
    }
    try counter.database.database().execute("UPDATE payments.refunds SET status = 'failed'")
    try receive(try Self.call("refund.updated", refund.description))
    #expect(try counter.incidents("refund_undone") == 0)
    #expect(Set(try verdicts()) == ["the refund is asked about", "nothing new"])
  }

  /// Of their dashboard, with somebody else's marks, of nothing we know, of another provider.
  @Test func refundsThatAreNotOurs() throws {
    let (order, _) = try counter.pending("momo", currency: Counter.dong)
    try counter.database.database().execute(
      "UPDATE payments.payments SET status = 'captured', captured = amount")
    let foreign = try counter.refund(order, 1, currency: Counter.dong)
    for id in ["", "order-17", "rfd_00000000000000000000000000", foreign.description] {
      try receive(try Self.call("refund.failed", id))
    }
    #expect(
      try verdicts().sorted() == [
        "about nothing of ours", "about nothing of ours", "unknown_payment", "wrong_provider",
      ])
    #expect(try counter.incidents("refund_undone") == 0)
    #expect(try counter.stuck("undone_refunds") == 0)
  }
}
