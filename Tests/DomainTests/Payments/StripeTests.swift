import Core
import JSON
import KitTesting
import Payments
import Testing

@Suite struct StripeTests {
  private static let body = """
    {"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"object":"payment_intent",\
    "id":"pi_1","status":"succeeded","amount":1999,"amount_received":1999,"currency":"usd",\
    "metadata":{"payment_id":"pay_01jd6x0000e008000000000001"}}}}
    """
  /// Signed outside of this program.
  private static let code = "98df9435b8a45586afbccbe0c574193d876b0e75c70a8e8bfaa23085e71541a4"
  private static let time = Timestamp(seconds: 1_700_000_000)

  private let stripe: any Provider

  init() throws { stripe = try #require(try Counter.providers()[.stripe]) }

  private func verify(
    _ signature: String?, body: String = Self.body, at now: Timestamp = Self.time
  ) -> CallFault? {
    do throws(CallFault) {
      try stripe.verify(ProviderCall(body: Array(body.utf8), signature: signature), at: now)
      return nil
    } catch { return error }
  }

  @Test func aRecordedCallIsBelieved() throws {
    #expect(verify("t=1700000000,v1=\(Self.code)") == nil)
    #expect(verify("t=1700000000,v1=\(String(repeating: "0", count: 64)),v1=\(Self.code)") == nil)
    let notice = try stripe.parse(Array(Self.body.utf8))
    #expect(notice.payment == PaymentID("pay_01jd6x0000e008000000000001"))
    #expect(notice.finding == .captured(Money(1999, Counter.dollar)))
    #expect(notice.reference == "pi_1")
  }

  @Test func anythingElseIsRefused() {
    let forged = [
      nil, "", "t=1700000000", "v1=\(Self.code)", "t=1700000001,v1=\(Self.code)",
      "t=1700000000,v0=\(Self.code)", "t=1700000000,v1=\(Self.code.dropLast())", "t,v1",
      "t=x,v1=\(Self.code)", "t=-1,v1=\(Self.code)", "t=99999999999999999999,v1=\(Self.code)",
    ]
    for signature in forged { #expect(verify(signature) == .forged, "\(signature ?? "none")") }
    #expect(verify("t=1700000000,v1=\(Self.code)", body: Self.body + " ") == .forged)
  }

  /// Three hundred seconds, either way.
  @Test func anOldSignatureIsStale() {
    let signature = "t=1700000000,v1=\(Self.code)"
    #expect(verify(signature, at: Self.time + .seconds(300)) == nil)
    #expect(verify(signature, at: Self.time + .seconds(301)) == .stale)
    #expect(verify(signature, at: Self.time - .seconds(300)) == nil)
    #expect(verify(signature, at: Self.time - .seconds(301)) == .stale)
  }

  @Test func itIsAskedInItsOwnWords() throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      let isQuery = request.method == "GET"
      if request.path == "/v1/refunds" {
        return .json(200, ["id": "re_1", "status": "pending"])
      }
      if request.path == "/v1/refunds/re_1" {
        return .json(200, ["id": "re_1", "status": "succeeded"])
      }
      return .json(
        200,
        [
          "id": "pi_1", "status": isQuery ? "succeeded" : "requires_payment_method",
          "client_secret": "pi_1_secret_2", "amount": 1999, "currency": "usd",
          "amount_received": isQuery ? 1999 : 0,
        ])
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("client_secret", of: id) == "pi_1_secret_2")
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    let refund = try counter.refund(order, 999)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.column("refunding", of: id) == "999")
    counter.clock.advance(by: .minutes(5))
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.column("refunded", of: id) == "999")
    try counter.expectBooksToBalance()
    let (create, back) = (server.requests[0], server.requests[2])
    #expect(create.headers["idempotency-key"] == id.description)
    #expect(create.headers["authorization"] == "Bearer sk_test_1")
    #expect(create.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(
      create.text
        == "amount=1999&currency=usd&metadata%5Bpayment_id%5D=\(id)"
        + "&automatic_payment_methods%5Benabled%5D=true")
    #expect(server.requests[1].path == "/v1/payment_intents/pi_1")
    #expect(back.headers["idempotency-key"] == refund.description)
    #expect(back.text == "payment_intent=pi_1&amount=999&metadata%5Brefund_id%5D=\(refund)")
  }

  /// Money that is only promised is taken at once.
  @Test func aPromiseIsTaken() throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      let isTaken = request.path.hasSuffix("/capture")
      let status: JSONValue =
        isTaken ? "succeeded" : request.method == "GET" ? "requires_capture" : "requires_action"
      return .json(
        200,
        [
          "id": "pi_1", "status": status, "amount": 1999, "currency": "usd",
          "amount_received": isTaken ? 1999 : 0,
        ])
    }
    let desk = try Counter.desk(server.origin)
    let (order, _) = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    #expect(server.requests.last?.path == "/v1/payment_intents/pi_1/capture")
    try counter.expectBooksToBalance()
  }

  /// What was promised is looked at before it is taken, whether it was asked for or told.
  @Test(arguments: [(Int64(1998), "usd", "wrong_amount"), (1999, "eur", "wrong_currency")])
  func aPromiseOfSomethingElseIsNotTaken(
    _ amount: Int64, _ currency: String, _ incident: String
  ) throws {
    let counter = try Counter()
    let intent: JSONValue = [
      "object": "payment_intent", "id": "pi_1", "status": "requires_capture",
      "amount": .integer(amount), "currency": .string(currency),
    ]
    let server = try LocalServer { request in
      .json(200, request.method == "GET" ? intent : ["id": "pi_1", "status": "requires_action"])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(!server.requests.contains { $0.path.hasSuffix("/capture") })
    #expect(try counter.status(id) == "pending")
    #expect(try counter.incidents(incident) == 1)
    var told = intent.object ?? JSONObject()
    told["metadata"] = ["payment_id": .string(id.description)]
    try counter.receive(
      ["id": "evt_1", "type": "x", "data": ["object": .object(told)]], from: .stripe)
    try counter.readCalls(desk)
    #expect(try counter.incidents(incident) == 2)
    #expect(try !desk.askOne(with: counter.tools()))
  }

  @Test func aCardThatIsDeclinedAtOnceHasFailed() throws {
    let counter = try Counter()
    let server = try LocalServer { _ in
      .json(402, ["error": ["type": "card_error", "code": "card_declined"]])
    }
    let (order, _) = try counter.pending("stripe", currency: Counter.dollar)
    #expect(try Counter.desk(server.origin).askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .failed(reason: "stripe_card_declined"))
  }
}
