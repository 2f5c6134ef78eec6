import Core
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing

@Suite struct ProviderDeskTests {
  private let counter: Counter

  init() throws { counter = try Counter() }

  /// Whatever they answer that tells nothing: nothing is concluded, and they are asked again.
  @Test func noiseIsNoVerdict() throws {
    let noises: [LocalServer.Answer] = [
      .nothing, .text(200, "<html>"), .text(500, "oops"), .json(503, ["resultCode": 1006]),
      .json(200, []), .json(200, ["hello": "world"]), .text(200, ""), .json(429, [:]),
      .json(401, ["error": [:]]),
    ]
    for provider in ["momo", "midtrans", "stripe"] {
      let currency = ["momo": Counter.dong, "midtrans": Counter.rupiah][provider]
      for noise in noises {
        let server = try LocalServer { _ in noise }
        let (order, id) = try counter.pending(provider, currency: currency ?? Counter.dollar)
        #expect(try Counter.desk(server.origin).askOne(with: counter.tools()))
        #expect(try counter.status(id) == "pending", "\(provider) \(noise)")
        #expect(try counter.column("last_error", of: id) != nil, "\(provider) \(noise)")
        guard case .pending(let waiting) = try #require(try counter.standing(order)) else {
          Issue.record("\(provider) \(noise)")
          continue
        }
        #expect(waiting.asked == 1)
        #expect(try #require(waiting.nextQuestion) > counter.now)
        #expect(try counter.abandon(order))
        try counter.database.database().execute("UPDATE payments.payments SET due_at = NULL")
      }
    }
    #expect(try counter.events("payment.failed.v1") == 0)
  }

  /// One that does not answer is given up on after the client's time.
  @Test func silenceIsNoVerdict() throws {
    let (_, id) = try counter.pending("momo", currency: Counter.dong)
    // Nobody listens there.
    #expect(try Counter.desk("http://127.0.0.1:9").askOne(with: counter.tools()))
    #expect(try counter.status(id) == "pending")
    #expect(try counter.column("last_error", of: id)?.contains("curl error") == true)
  }

  /// Each call has a place of its own in the trace of the payment.
  @Test(arguments: ["momo", "midtrans", "stripe", "sandbox"])
  func theTraceGoesOn(_ provider: String) throws {
    let currency = ["momo": Counter.dong, "midtrans": Counter.rupiah][provider] ?? Counter.dollar
    let server = try LocalServer { _ in .text(500, "") }
    let providers = try Counter.providers(at: server.origin, ["SOUK_IPN_URL": server.origin])
    let (_, id) = try counter.pending(
      provider, provider == "sandbox" ? "slow" : nil, currency: currency)
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    let parent = "00f067aa0ba902b7"
    try counter.database.database().execute(
      """
      UPDATE payments.payments SET trace_parent = \("00-\(trace)-\(parent)-01") WHERE id = \(id)
      """)
    for _ in 1...2 {
      _ = try ProviderDesk(providers).askOne(with: counter.tools())
      counter.clock.advance(by: .minutes(1))
      _ = try providers.sandbox?.callBack(with: counter.tools())
    }
    let sent = server.requests.map { $0.headers["traceparent"]?.split(separator: "-") ?? [] }
    #expect(sent.count >= 2)
    #expect(sent.allSatisfy { $0.count == 4 && $0[1] == trace && $0[2] != parent && $0[3] == "01" })
    #expect(Set(sent.map { $0.dropFirst(2).first }).count == sent.count)
    // What belongs to none is sent without.
    try counter.database.database().execute("UPDATE payments.payments SET trace_parent = 'x'")
    counter.clock.advance(by: .minutes(10))
    _ = try ProviderDesk(providers).askOne(with: counter.tools())
    _ = try providers.sandbox?.callBack(with: counter.tools())
    #expect(server.requests.last?.headers["traceparent"] == nil)
  }

  /// Somebody dies between the call and writing down what came of it: whoever comes next asks what
  /// is true before doing anything again.
  @Test func whoDiedIsFollowedByAQuestion() throws {
    let server = try LocalServer { request in
      request.path.hasSuffix("/query")
        ? .json(200, ["resultCode": 0, "amount": 150_000, "transId": 5])
        : .json(200, ["resultCode": 0, "payUrl": "https://momo.example"])
    }
    let (order, id) = try counter.pending("momo", currency: Counter.dong)
    // The first has taken it and is gone.
    try counter.database.database().execute(
      """
      UPDATE payments.payments SET asked = 1, fence = 1, due_at = \(counter.now + .seconds(60))
      WHERE id = \(id)
      """)
    let desk = try Counter.desk(server.origin)
    #expect(try !desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .seconds(61))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.map(\.path) == ["/v2/gateway/api/query"])
    #expect(try counter.standing(order) == .captured)
    try counter.expectBooksToBalance()
  }

  /// One who comes back late finds that another has taken over, and writes nothing.
  @Test func whoIsLateWritesNothing() throws {
    let (order, id) = try counter.pending("stripe", currency: Counter.dollar)
    let counter = counter
    let server = try LocalServer { _ in
      try counter.database.database().execute("UPDATE payments.payments SET fence = fence + 1")
      return .json(402, ["error": ["code": "card_declined"]])
    }
    #expect(try Counter.desk(server.origin).askOne(with: counter.tools()))
    #expect(try counter.status(id) == "pending")
    guard case .pending = try counter.standing(order) else {
      Issue.record("it was settled")
      return
    }
  }

  /// Many at once: nobody is asked twice.
  @Test func eachIsAskedByOne() throws {
    let counter = counter
    let server = try LocalServer { _ in
      .json(200, ["resultCode": 0, "payUrl": "https://momo.example"])
    }
    for _ in 0..<20 { _ = try counter.pending("momo", currency: Counter.dong) }
    let desk = try Counter.desk(server.origin)
    _ = try Together.run(threads: 4, prepare: { _ in counter.tools() }) { tools, _ in
      while try desk.askOne(with: tools) {}
      return true
    }
    #expect(server.requests.count == 20)
    #expect(Set(server.requests.map { $0.json["orderId"]?.string }).count == 20)
  }

  @Test func questionsComeToAnEnd() throws {
    let server = try LocalServer { request in
      .json(200, request.path.hasSuffix("/query") ? ["resultCode": 1000] : ["resultCode": 0])
    }
    let desk = try Counter.desk(server.origin)
    let (order, _) = try counter.pending("momo", currency: Counter.dong)
    var asked = 0
    while asked < 40, try desk.askOne(with: counter.tools()) {
      asked += 1
      counter.clock.advance(by: .minutes(10))
    }
    #expect(asked == 12)
    guard case .pending(let waiting) = try counter.standing(order) else {
      Issue.record("it was settled")
      return
    }
    #expect(
      waiting.words(at: counter.now) == "waiting for MoMo, asked 12 times, no further question")
  }

  /// The order died, and the provider says later that it has the money.
  @Test func moneyThatComesTooLateGoesBack() throws {
    let server = try LocalServer { request in
      switch request.path.split(separator: "/").last {
      case "create": .json(200, ["resultCode": 0, "payUrl": "https://momo.example"])
      case "query": .json(200, ["resultCode": 0, "amount": 150_000, "transId": 5])
      default: .json(200, ["resultCode": 0, "transId": 6])
      }
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("momo", currency: Counter.dong)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.abandon(order))
    counter.clock.advance(by: .minutes(2))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
    #expect(try counter.standing(order) == .cancelled)
    #expect(try !counter.abandon(order))
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "refunded")
    #expect(try counter.abandon(order))
    #expect(try counter.incidents("unwanted_money") == 1)
    try counter.expectBooksToBalance()
  }

  /// A payment that has its money, which its provider will not give back.
  private func disputed() throws -> (LocalServer, ProviderDesk, OrderID, PaymentID) {
    let server = try LocalServer { _ in .json(400, ["error": ["code": "charge_disputed"]]) }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("stripe", currency: Counter.dollar, amount: 500)
    try counter.database.database().execute(
      "UPDATE payments.payments SET provider_reference = 'pi_1'")
    try counter.receive(Self.paid(id, 500), from: .stripe)
    try counter.readCalls(desk)
    return (server, desk, order, id)
  }

  @Test func aRefundThatIsRefusedIsToldAndBegunAnew() throws {
    let (server, desk, order, id) = try disputed()
    #expect(try counter.standing(order) == .captured)
    #expect(try !counter.abandon(order))
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(server.requests.count == 1)
    #expect(try counter.events("refund.failed.v1") == 1)
    #expect(try counter.column("refunding", of: id) == "0")
    // Asked again, it is begun anew.
    #expect(try !counter.abandon(order))
    #expect(try counter.column("refunding", of: id) == "500")
    try counter.expectBooksToBalance()
  }

  /// Nobody asks again and again for what was just refused for good.
  @Test func aRefundThatIsRefusedIsBegunAnewLater() throws {
    let (server, desk, order, id) = try disputed()
    for attempt in 1...3 {
      for _ in 0..<20 {
        #expect(try !counter.abandon(order))
        while try desk.refundOne(with: counter.tools()) {}
      }
      #expect(server.requests.count == attempt)
      counter.clock.advance(by: .days(1))
    }
    #expect(try counter.column("refunding", of: id) == "500")
    try counter.expectBooksToBalance()
  }

  private static func paid(_ id: PaymentID, _ amount: Int64) -> JSONValue {
    [
      "id": "evt_1", "type": "payment_intent.succeeded",
      "data": [
        "object": [
          "object": "payment_intent", "id": "pi_1", "status": "succeeded",
          "amount_received": .integer(amount), "currency": "usd",
          "metadata": ["payment_id": .string(id.description)],
        ]
      ],
    ]
  }

  /// While one worker waits for a provider, another that would is sent on: the job asks instead.
  @Test func notAllWorkersWaitForProviders() throws {
    let counter = counter
    let customer = counter.customer()
    let reader = PaymentReader(customer, isAdmin: true, now: counter.now)
    let (_, first) = try counter.pending("momo", currency: Counter.dong)
    let (_, second) = try counter.pending("momo", currency: Counter.dong)
    let desk = Mutex<ProviderDesk?>(nil)
    let server = try LocalServer { request in
      guard request.path.hasSuffix("/query") else { return .json(200, ["resultCode": 0]) }
      let desk = try #require(desk.withLock { $0 })
      let other = try desk.confirm(second, for: reader, with: counter.tools())
      #expect(other?.waiting == "waiting for MoMo, next question now, 1 of 12")
      return .json(200, ["resultCode": 0, "amount": 150_000, "transId": 5])
    }
    let one = ProviderDesk(try Counter.providers(at: server.origin, ["SOUK_WORKERS": "1"]))
    desk.withLock { $0 = one }
    for _ in 1...2 { #expect(try one.askOne(with: counter.tools())) }
    let paid = try one.confirm(first, for: reader, with: counter.tools())
    #expect(paid?.status == .captured)
    #expect(server.requests.count == 3)
    // The place is free again.
    #expect(try one.confirm(first, for: reader, with: counter.tools())?.status == .captured)
  }
}
