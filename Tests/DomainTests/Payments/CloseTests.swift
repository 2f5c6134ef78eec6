import Core
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing

/// What was given up here is closed at its provider as well, so that nobody can pay it any more.
@Suite struct CloseTests {
  private let counter: Counter

  init() throws { counter = try Counter() }

  private func intent(_ status: String, received: Int64 = 0) -> LocalServer.Answer {
    .json(
      200,
      [
        "id": "pi_1", "status": .string(status), "amount": 1999, "currency": "usd",
        "amount_received": .integer(received),
      ])
  }

  @Test func stripeIsAskedToCancel() throws {
    let server = try LocalServer { request in
      intent(request.path.hasSuffix("/cancel") ? "canceled" : "requires_payment_method")
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.givenUp("stripe", desk, currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(
      server.requests.map { "\($0.method) \($0.path)" } == [
        "POST /v1/payment_intents", "GET /v1/payment_intents/pi_1",
        "POST /v1/payment_intents/pi_1/cancel",
      ])
    let cancel = try #require(server.requests.last)
    #expect(cancel.text == "cancellation_reason=abandoned")
    #expect(cancel.headers["idempotency-key"] == "cancel \(id) 1")
    #expect(try counter.standing(order) == .cancelled)
    #expect(try counter.column("due_at", of: id) == nil)
    #expect(try counter.events("payment.cancelled.v1") == 1)
    #expect(try counter.events("payment.failed.v1") == 0)
    counter.clock.advance(by: .hours(1))
    #expect(try !desk.askOne(with: counter.tools()))
  }

  @Test func midtransIsAskedToCancel() throws {
    let server = try LocalServer { request in
      if request.path == "/snap/v1/transactions" {
        return .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
      }
      let isCancel = request.path.hasSuffix("/cancel")
      return .json(
        200,
        [
          "status_code": isCancel ? "200" : "201", "gross_amount": "150000.00",
          "transaction_status": isCancel ? "cancel" : "pending", "currency": "IDR",
          "transaction_id": "tx-1",
        ])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("midtrans", desk, currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.last?.method == "POST")
    #expect(server.requests.last?.path == "/v2/\(id)/cancel")
    #expect(server.requests[0].json["page_expiry"]?["duration"].integer == 30)
    #expect(try counter.status(id) == "cancelled")
    #expect(try counter.column("due_at", of: id) == nil)
  }

  /// The page is open, but no method was chosen on it yet: Midtrans knows nothing to cancel. Once
  /// it does, it is cancelled.
  @Test func aPageOnWhichNothingWasChosenIsWatched() throws {
    let counter = counter
    let isChosen = Atomic(false)
    let server = try LocalServer { request in
      if request.path == "/snap/v1/transactions" {
        return .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
      }
      guard isChosen.load(ordering: .relaxed) else { return .json(404, ["status_code": "404"]) }
      let status: JSONValue = request.path.hasSuffix("/cancel") ? "cancel" : "pending"
      return .json(
        200,
        ["status_code": "200", "gross_amount": "150000.00", "transaction_status": status])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("midtrans", desk, currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("due_at", of: id) != nil)
    isChosen.store(true, ordering: .relaxed)
    counter.clock.advance(by: .minutes(1))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.last?.path == "/v2/\(id)/cancel")
    #expect(try counter.column("due_at", of: id) == nil)
  }

  /// MoMo has no way to: it is asked some more whether money came, and then no more.
  @Test func momoIsOnlyWatched() throws {
    let server = try LocalServer { request in
      .json(200, request.path.hasSuffix("/query") ? ["resultCode": 1000] : ["resultCode": 0])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("momo", desk, currency: Counter.dong)
    while try desk.askOne(with: counter.tools()) { counter.clock.advance(by: .minutes(10)) }
    let paths = server.requests.map(\.path)
    #expect(Set(paths.dropFirst()) == ["/v2/gateway/api/query"])
    #expect(paths.count == 13)
    #expect(try counter.status(id) == "cancelled")
    #expect(try counter.stuck("silent_payments") == 0)
  }

  /// Paid at the very moment: the cancellation is refused, and the money goes back.
  @Test func whatWasPaidMeanwhileGoesBack() throws {
    let isPaid = Atomic(false)
    let server = try LocalServer { request in
      if request.path.hasSuffix("/cancel") {
        isPaid.store(true, ordering: .relaxed)
        return .json(400, ["error": ["code": "payment_intent_unexpected_state"]])
      }
      if request.path == "/v1/refunds" {
        return .json(200, ["id": "re_1", "status": "succeeded"])
      }
      return isPaid.load(ordering: .relaxed)
        ? intent("succeeded", received: 1999) : intent("requires_action")
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.givenUp("stripe", desk, currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "cancelled")
    counter.clock.advance(by: .minutes(1))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
    #expect(try counter.standing(order) == .cancelled)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "refunded")
    #expect(try counter.incidents("unwanted_money") == 1)
    try counter.expectBooksToBalance()
  }

  /// Given up while the provider is opening it: its answer is still written down, and names what is
  /// to be closed.
  @Test func whatIsBeingOpenedIsClosedAfterThat() throws {
    let counter = counter
    let order = Mutex<OrderID?>(nil)
    let server = try LocalServer { request in
      if request.path == "/v1/payment_intents" {
        let order = order.withLock { $0 }
        #expect(try counter.abandon(try #require(order)))
        // Nobody asks a second time meanwhile.
        let other = try Counter.desk("http://127.0.0.1:9")
        #expect(try !other.askOne(with: counter.tools()))
      }
      return intent(
        request.path.hasSuffix("/cancel") ? "canceled" : "requires_payment_method")
    }
    let desk = try Counter.desk(server.origin)
    let (made, id) = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    order.withLock { $0 = made }
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("provider_reference", of: id) == "pi_1")
    #expect(try counter.status(id) == "cancelled")
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.last?.path == "/v1/payment_intents/pi_1/cancel")
    #expect(try counter.column("due_at", of: id) == nil)
  }

  /// The first answer got lost, and then it was given up: it is looked for by our name for it.
  @Test func whatHasNoNameIsLookedFor() throws {
    let server = try LocalServer { request in
      if request.path == "/v1/payment_intents" { return .nothing }
      if request.path.hasPrefix("/v1/payment_intents/search") {
        return .json(
          200, ["data": [["id": "pi_9", "status": "requires_action", "currency": "usd"]]])
      }
      return intent("canceled")
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("stripe", desk, currency: Counter.dollar, amount: 1999)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(
      server.requests.map(\.path).dropFirst() == [
        "/v1/payment_intents/search?query=metadata%5B%27payment_id%27%5D%3A%27\(id)%27",
        "/v1/payment_intents/pi_9/cancel",
      ])
    #expect(try counter.column("due_at", of: id) == nil)
  }

  /// Somebody dies after the provider has cancelled: whoever comes next sees that it did.
  @Test func whoDiedIsFollowedByAQuestion() throws {
    let server = try LocalServer { request in
      intent(request.method == "GET" ? "canceled" : "requires_payment_method")
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("stripe", desk, currency: Counter.dollar, amount: 1999)
    try counter.database.database().execute(
      """
      UPDATE payments.payments SET due_at = \(counter.now + .seconds(60)), fence = fence + 1,
        closing = 1
      """)
    #expect(try !desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .seconds(61))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.count(where: { $0.path.hasSuffix("/cancel") }) == 0)
    #expect(try counter.column("due_at", of: id) == nil)
  }

  @Test func whatNobodyWasAskedForNeedsNoClosing() throws {
    let (order, id) = try counter.pending("stripe", currency: Counter.dollar)
    #expect(try counter.abandon(order))
    #expect(try counter.column("due_at", of: id) == nil)
  }

  /// The sandbox's call back never comes; what is late already comes all the same.
  @Test func theSandboxCancels() throws {
    let providers = try Counter.providers()
    let desk = ProviderDesk(providers)
    for (method, answer) in [("slow", "failed"), ("never", "failed"), ("late", "refunded")] {
      let (order, id) = try counter.pending("sandbox", method, currency: Counter.dollar)
      #expect(try desk.askOne(with: counter.tools()))
      #expect(try counter.abandon(order))
      #expect(try desk.askOne(with: counter.tools()))
      let isClosed = try counter.column("due_at", of: id) == nil
      #expect(isClosed == (answer == "failed"), "\(method)")
      counter.clock.advance(by: .hours(1))
      while try desk.askOne(with: counter.tools()) {}
      #expect(
        try counter.status(id) == (answer == "failed" ? "cancelled" : answer), "\(method)")
      let owed = try counter.count(
        "SELECT count(*) FROM payments.sandbox_callbacks WHERE due_at IS NOT NULL")
      #expect(owed == (method == "late" ? 1 : 0), "\(method)")
    }
    try counter.expectBooksToBalance()
  }

  /// A top-up whose time is over is closed, too.
  @Test func aTopUpThatExpiredIsClosed() throws {
    let server = try LocalServer { request in
      intent(request.path.hasSuffix("/cancel") ? "canceled" : "requires_payment_method")
    }
    let desk = try Counter.desk(server.origin)
    let topUp = TopUp(
      customer: counter.customer(), amount: Money(1999, Counter.dollar), provider: .stripe,
      method: nil, returnURL: nil)
    let id = try counter.scheduler().transaction { try counter.cashier.topUp(topUp, in: $0) }
    while try desk.askOne(with: counter.tools()) { counter.clock.advance(by: .hours(3)) }
    _ = try counter.scheduler().transaction { try counter.cashier.expireTopUps(limit: 9, in: $0) }
    #expect(try counter.status(id) == "cancelled")
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.last?.path == "/v1/payment_intents/pi_1/cancel")
    #expect(try counter.column("due_at", of: id) == nil)
  }
}
