import Core
import Crypto
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct MidtransTests {
  /// Signed outside of this program.
  private static let recorded: JSONValue = [
    "order_id": "pay_01jd6x0000e008000000000001", "status_code": "200",
    "gross_amount": "150000.00", "currency": "IDR", "transaction_status": "settlement",
    "transaction_id": "b3a40398-d95d-4bb9-afe8-9a57bc0786ea",
    "signature_key": .string(
      "593b3183b45747d1bf02cc2ef776b379e5eb8ee43676e024196f13daa141589a"
        + "d2c44711f5ca3a04b8bf1cb322d506da27a8479689121be5bd465f860c8b8307"),
  ]

  private func midtrans() throws -> any Provider {
    try #require(try Counter.providers()[.midtrans])
  }

  private func verify(_ call: JSONValue) throws -> CallFault? {
    do throws(CallFault) {
      try midtransOrFail().verify(
        ProviderCall(body: call.bytes, signature: nil), at: Timestamp(seconds: 1))
      return nil
    } catch { return error }
  }

  private func midtransOrFail() throws(CallFault) -> any Provider {
    do { return try midtrans() } catch { throw .unreadable }
  }

  @Test func aRecordedCallIsBelieved() throws {
    #expect(try verify(Self.recorded) == nil)
    let notice = try midtrans().parse(Self.recorded.bytes)
    #expect(notice.payment == PaymentID("pay_01jd6x0000e008000000000001"))
    #expect(notice.finding == .captured(Money(150_000, Counter.rupiah)))
    for name in ["order_id", "status_code", "gross_amount", "signature_key"] {
      var changed = Self.recorded.object ?? JSONObject()
      changed[name] = "1"
      #expect(try verify(.object(changed)) == .forged, "\(name)")
    }
  }

  @Test func whatItsStatesMean() throws {
    let paid = Finding.captured(Money(150_000, Counter.rupiah))
    let cases: [(String, String?, Finding)] = [
      ("settlement", nil, paid), ("capture", "accept", paid), ("capture", "challenge", .pending),
      ("pending", nil, .pending), ("deny", nil, .pending),
      ("cancel", nil, .failed(reason: "midtrans_cancel")),
      ("expire", nil, .failed(reason: "midtrans_expire")), ("partial_refund", nil, .pending),
      ("authorize", "accept", .authorized(Money(150_000, Counter.rupiah))),
    ]
    for (status, fraud, finding) in cases {
      var call = Self.recorded.object ?? JSONObject()
      call["transaction_status"] = .string(status)
      call["fraud_status"] = fraud.map { .string($0) }
      #expect(try midtrans().parse(JSONValue.object(call).bytes).finding == finding, "\(status)")
    }
    var odd = Self.recorded.object ?? JSONObject()
    odd["gross_amount"] = "150000.50"
    #expect(throws: CallFault.unreadable) { try midtrans().parse(JSONValue.object(odd).bytes) }
  }

  /// A call of their own tests is about nothing of ours.
  @Test func aTestCallIsAboutNothing() throws {
    var call = Self.recorded.object ?? JSONObject()
    call["order_id"] = "payment_notif_test_M1_1"
    #expect(try midtrans().parse(JSONValue.object(call).bytes).payment == nil)
  }

  @Test func itIsAskedInItsOwnWords() throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      if request.path == "/snap/v1/transactions" {
        return .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
      }
      if request.path.hasSuffix("/refund") { return .json(200, ["status_code": "200"]) }
      return .json(
        200,
        [
          "status_code": "200", "transaction_status": "settlement",
          "gross_amount": "150000.00", "currency": "IDR", "transaction_id": "tx-1",
        ])
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("redirect_url", of: id) == "https://snap.example/t-1")
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    let refund = try counter.refund(order, 150_000, currency: Counter.rupiah)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "refunded")
    try counter.expectBooksToBalance()
    try #require(server.requests.count == 4)
    let (create, query) = (server.requests[0], server.requests[1])
    // Whether it is settled is asked before anything is given back.
    #expect(server.requests[2].path == "/v2/\(id)/status")
    let back = server.requests[3]
    #expect(create.headers["authorization"] == "Basic U0ItTWlkLXNlcnZlci1hYmMxMjNjZGU0NTY6")
    #expect(create.json["transaction_details"]?["order_id"].string == id.description)
    #expect(create.json["transaction_details"]?["gross_amount"].integer == 150_000)
    #expect(query.method == "GET" && query.path == "/v2/\(id)/status")
    #expect(back.path == "/v2/\(id)/refund")
    #expect(back.json["refund_key"]?.string == refund.description)
    #expect(back.json["amount"]?.integer == 150_000)
  }

  /// The signature covers the order, the amount and a code, and nothing of how it stands: that is
  /// asked for, whatever the call says.
  @Test func aCallIsOnlyAReasonToAsk() throws {
    let counter = try Counter()
    let midtrans = try MidtransDouble()
    let desk = try Counter.desk(midtrans.origin)
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    var call = Self.call(for: id).object ?? JSONObject()
    call["status_code"] = "201"
    try counter.receive(.object(call), from: .midtrans)
    try counter.readCalls(desk)
    #expect(try counter.status(id) == "pending")
    #expect(try counter.column("provider_reference", of: id) == nil)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "pending")
    #expect(try counter.count("SELECT count(*) FROM payments.entries") == 0)
    // What is true counts, as soon as a call is a reason to ask.
    midtrans.become("settlement")
    call["status_code"] = "200"
    try counter.receive(.object(call), from: .midtrans)
    try counter.readCalls(desk)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    try counter.expectBooksToBalance()
  }

  /// Their page lets the customer try another card.
  @Test func aCardThatIsDeniedIsNotTheEnd() throws {
    let counter = try Counter()
    let midtrans = try MidtransDouble()
    let desk = try Counter.desk(midtrans.origin)
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    for (status, code) in [("deny", "202"), ("settlement", "200")] {
      midtrans.become(status)
      var call = Self.call(for: id).object ?? JSONObject()
      call["transaction_status"] = .string(status)
      call["status_code"] = .string(code)
      try counter.receive(.object(call), from: .midtrans)
      try counter.readCalls(desk)
      counter.clock.advance(by: .seconds(10))
      #expect(try desk.askOne(with: counter.tools()))
    }
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.events("payment.failed.v1") == 0)
    try counter.expectBooksToBalance()
  }

  /// Money that comes for what has failed here goes back, though the first question finds nobody.
  @Test func aCallAboutWhatHasFailedIsAskedForUntilItIsKnown() throws {
    let counter = try Counter()
    let midtrans = try MidtransDouble()
    let desk = try Counter.desk(midtrans.origin)
    let id = try counter.failed(at: midtrans, desk)
    midtrans.become("settlement")
    try counter.receive(Self.call(for: id), from: .midtrans)
    let away = try Counter.desk("http://127.0.0.1:9")
    try counter.readCalls(away)
    #expect(try away.askOne(with: counter.tools()))
    counter.clock.advance(by: .minutes(1))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "refunded")
    #expect(midtrans.given == [150_000])
    try counter.expectBooksToBalance()
  }

  /// While a key is being changed both verify, and the first asks.
  @Test func keysAreChangedWhileCallsComeIn() throws {
    let next = "SB-Mid-server-the-next"
    func verify(_ keys: String) throws -> CallFault? {
      let midtrans = try #require(
        try Counter.providers(["SOUK_MIDTRANS_SERVER_KEYS": keys])[.midtrans])
      do throws(CallFault) {
        try midtrans.verify(
          ProviderCall(body: Self.recorded.bytes, signature: nil), at: Timestamp(seconds: 1))
        return nil
      } catch { return error }
    }
    #expect(try verify("\(next), \(Counter.midtransKey)") == nil)
    #expect(try verify("\(Counter.midtransKey),\(next)") == nil)
    #expect(try verify(next) == .forged)
    let counter = try Counter()
    let server = try LocalServer { _ in .json(201, ["redirect_url": "https://snap.example/t-1"]) }
    let keys = ["SOUK_MIDTRANS_SERVER_KEYS": "\(next), \(Counter.midtransKey)"]
    let desk = ProviderDesk(try Counter.providers(at: server.origin, keys))
    _ = try counter.pending("midtrans", currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(
      server.requests.first?.headers["authorization"]
        == "Basic " + Base64.encode(Array("\(next):".utf8)))
  }

  /// A refund whose answer got lost is looked for before it is asked for again.
  @Test func aLostRefundIsFound() throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      if request.path.hasSuffix("/refund") { return .nothing }
      return .json(
        200,
        [
          "status_code": "200", "transaction_status": "settlement", "refunds": [],
          "gross_amount": "150000.00", "currency": "IDR",
        ])
    }
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    let desk = try Counter.desk(server.origin)
    try counter.database.database().execute("UPDATE payments.payments SET is_created = true")
    #expect(try desk.askOne(with: counter.tools()))
    let refund = try counter.refund(order, 1000, currency: Counter.rupiah)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.column("refunding", of: id) == "1000")
    counter.clock.advance(by: .seconds(5))
    let known = try LocalServer { _ in
      .json(
        200, ["status_code": "200", "refunds": [["refund_key": .string(refund.description)]]])
    }
    #expect(try Counter.desk(known.origin).refundOne(with: counter.tools()))
    #expect(try counter.column("refunded", of: id) == "1000")
    #expect(known.requests.map(\.method) == ["GET"])
    try counter.expectBooksToBalance()
  }

  private static func call(for id: PaymentID) -> JSONValue {
    var call = recorded.object ?? JSONObject()
    call["order_id"] = .string(id.description)
    return .object(call)
  }
}
