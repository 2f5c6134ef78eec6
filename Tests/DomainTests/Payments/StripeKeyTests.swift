import Core
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing

/// Stripe repeats what it answered to a key. Whoever tries again after a refusal does it by another
/// key; whoever does not know what became of the first, by the same.
@Suite struct StripeKeyTests {
  private let counter: Counter

  init() throws { counter = try Counter() }

  fileprivate static func intent(_ status: String) -> LocalServer.Answer {
    .json(
      200,
      [
        "id": "pi_1", "status": .string(status), "amount": 1999, "currency": "usd",
        "amount_received": status == "succeeded" ? 1999 : 0,
      ])
  }

  private static let refusal = LocalServer.Answer.json(
    402, ["error": ["type": "card_error", "code": "card_declined"]])

  /// What a capture meets: each is spent by a key that was not seen before, and kept by it.
  private func stripe(_ outcomes: [LocalServer.Answer]) throws -> LocalServer {
    let books = Books(outcomes)
    return try LocalServer { request in
      if request.path.hasSuffix("/capture") {
        return books.answer(to: request.headers["idempotency-key"] ?? "")
      }
      if request.method == "GET" {
        return Self.intent(books.isCaptured ? "succeeded" : "requires_capture")
      }
      return Self.intent("requires_action")
    }
  }

  private final class Books: Sendable {
    private struct Content {
      var outcomes: [LocalServer.Answer]
      var kept: [String: LocalServer.Answer] = [:]
      var isCaptured = false
    }

    private let content: Mutex<Content>
    var isCaptured: Bool { content.withLock { $0.isCaptured } }

    init(_ outcomes: [LocalServer.Answer]) { content = Mutex(Content(outcomes: outcomes)) }

    func answer(to key: String) -> LocalServer.Answer {
      content.withLock { content in
        if let known = content.kept[key] { return known }
        let answer =
          content.outcomes.isEmpty
          ? StripeKeyTests.intent("succeeded") : content.outcomes.removeFirst()
        if case .json(200, _) = answer { content.isCaptured = true }
        content.kept[key] = answer
        return answer
      }
    }
  }

  private func keys(_ server: LocalServer) -> [String?] {
    server.requests.filter { $0.path.hasSuffix("/capture") }
      .map { $0.headers["idempotency-key"] }
  }

  private func ask(_ server: LocalServer, times: Int) throws -> (order: OrderID, id: PaymentID) {
    let made = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    let desk = try Counter.desk(server.origin)
    for _ in 0..<times where try counter.status(made.id) == "pending" {
      #expect(try desk.askOne(with: counter.tools()))
      counter.clock.advance(by: .minutes(6))
    }
    return made
  }

  @Test func afterARefusalTheNextAttemptHasAnotherKey() throws {
    let server = try stripe([Self.refusal, Self.refusal])
    let (order, id) = try ask(server, times: 4)
    #expect(try counter.standing(order) == .captured)
    #expect(keys(server) == ["capture \(id)", "capture \(id) 1", "capture \(id) 2"])
    try counter.expectBooksToBalance()
  }

  /// Whatever tells nothing: the first attempt may still take the money, so no second is begun.
  @Test func asLongAsTheOutcomeIsUnknownTheKeyStays() throws {
    let noises: [LocalServer.Answer] = [
      .nothing, .text(402, "<html>"), .json(500, ["error": ["type": "api_error"]]),
      .json(409, ["error": ["code": "idempotency_key_in_use"]]),
      .json(429, ["error": ["code": "lock_timeout"]]), .json(402, [:]),
      .json(400, ["error": ["type": "idempotency_error"]]), .json(200, ["status": "odd"]),
    ]
    for noise in noises {
      let server = try LocalServer { request in
        if request.path.hasSuffix("/capture") { return noise }
        return Self.intent(request.method == "GET" ? "requires_capture" : "requires_action")
      }
      let (order, id) = try ask(server, times: 4)
      #expect(Set(keys(server)) == ["capture \(id)"] && keys(server).count == 3, "\(noise)")
      #expect(try counter.status(id) == "pending", "\(noise)")
      #expect(try counter.abandon(order))
      try counter.database.database().execute("UPDATE payments.payments SET due_at = NULL")
    }
  }

  /// A worker that was overtaken tells nobody of the refusal it heard: whoever took over hears it
  /// again by the same key.
  @Test func aRefusalCountsOnce() throws {
    let counter = counter
    let isFirst = Atomic(true)
    let server = try LocalServer { request in
      guard request.path.hasSuffix("/capture") else {
        return Self.intent(request.method == "GET" ? "requires_capture" : "requires_action")
      }
      if isFirst.exchange(false, ordering: .relaxed) {
        try counter.database.database().execute("UPDATE payments.payments SET fence = fence + 1")
      }
      return Self.refusal
    }
    let (_, id) = try ask(server, times: 4)
    #expect(keys(server) == ["capture \(id)", "capture \(id)", "capture \(id) 1"])
  }

  /// Stripe forgets keys after a day. A refund whose answer got lost is looked for, however late.
  @Test func aLostRefundIsFoundThoughItsKeyIsForgotten() throws {
    let given = Mutex<[JSONValue]>([])
    let server = try LocalServer { request in
      if request.path.hasPrefix("/v1/refunds?payment_intent=pi_1") {
        return .json(200, ["data": .array(given.withLock { $0 })])
      }
      if request.path == "/v1/refunds" {
        let id = request.headers["idempotency-key"] ?? ""
        given.withLock {
          $0.append(
            ["id": "re_1", "status": "succeeded", "metadata": ["refund_id": .string(id)]])
        }
        return .nothing
      }
      return Self.intent(request.method == "GET" ? "succeeded" : "requires_action")
    }
    let (order, id) = try ask(server, times: 2)
    try counter.refund(order, 1999)
    let desk = try Counter.desk(server.origin)
    for _ in 1...3 {
      _ = try desk.refundOne(with: counter.tools())
      counter.clock.advance(by: .days(2))
    }
    #expect(given.withLock { $0.count } == 1)
    #expect(try counter.status(id) == "refunded")
    try counter.expectBooksToBalance()
  }

  /// The key was spent on a charge of other words, whose outcome nobody has told yet.
  @Test func aKeyThatWasSpentIsNoVerdictOnACharge() throws {
    let server = try LocalServer { _ in
      .json(400, ["error": ["type": "idempotency_error", "message": "Other parameters."]])
    }
    let (_, id) = try ask(server, times: 1)
    #expect(try counter.status(id) == "pending")
    #expect(try counter.column("last_error", of: id) != nil)
  }
}
