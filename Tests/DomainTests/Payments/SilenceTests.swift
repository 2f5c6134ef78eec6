import Core
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing

/// Who has a payment that was given up and does not tell whether it has the money.
@Suite struct SilenceTests {
  private let counter: Counter

  init() throws { counter = try Counter() }

  /// However often it was asked before: it is asked to close twelve times, less and less often, and
  /// then once an hour for three days. Whether it has the money nobody knows: operators are told.
  @Test func whoIsSilentIsAskedAgain() throws {
    let isDeaf = Atomic(false)
    let server = try LocalServer { request in
      if isDeaf.load(ordering: .relaxed) { return .text(500, "") }
      return .json(
        200, ["id": "pi_1", "status": "requires_payment_method", "currency": "usd"])
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("stripe", currency: Counter.dollar, amount: 1999)
    while try desk.askOne(with: counter.tools()) { counter.clock.advance(by: .minutes(10)) }
    #expect(try counter.column("asked", of: id) == "12")
    isDeaf.store(true, ordering: .relaxed)
    #expect(try counter.abandon(order))
    let pauses = try askUntilNothingIsDue(id, desk)
    #expect(pauses.first ?? .hours(1) < .seconds(2))
    #expect(pauses.count > 70 && pauses.count < 90, "\(pauses.count)")
    let quick = Array(pauses.prefix(11))
    #expect(quick.allSatisfy { $0 < .minutes(7) } && quick.last ?? .zero > .minutes(3))
    #expect(pauses.dropFirst(11).allSatisfy { $0 == .hours(1) })
    #expect(try counter.column("closing", of: id) == "12")
    #expect(try counter.column("last_error", of: id) == "Stripe answers 500")
    #expect(try counter.stuck("silent_payments") == 1)
  }

  /// Asks as often as it is to be asked, at its times. Returns the pauses between.
  private func askUntilNothingIsDue(_ id: PaymentID, _ desk: ProviderDesk) throws -> [Duration] {
    var pauses: [Duration] = []
    while pauses.count < 1000, try desk.askOne(with: counter.tools()) {
      guard let due = try counter.due(id) else { break }
      pauses.append(due - counter.now)
      counter.clock.advance(by: due - counter.now)
    }
    return pauses
  }

  /// The customer paid when nobody was told any more: once the provider answers, the money goes
  /// back.
  @Test func moneyTakenInSilenceIsFound() throws {
    let answers = Mutex<LocalServer.Answer?>(.json(200, ["resultCode": 0]))
    let server = try LocalServer { _ in answers.withLock { $0 } ?? .text(500, "") }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("momo", desk, currency: Counter.dong)
    answers.withLock { $0 = nil }
    for _ in 0..<20 {
      #expect(try desk.askOne(with: counter.tools()))
      counter.clock.advance(by: try #require(try counter.due(id)) - counter.now)
    }
    #expect(try counter.stuck("silent_payments") == 1)
    answers.withLock { $0 = .json(200, ["resultCode": 0, "amount": 150_000, "transId": 5]) }
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "refunded")
    #expect(try counter.stuck("silent_payments") == 0)
    try counter.expectBooksToBalance()
  }

  /// What it said while the customer could still pay is not its last word.
  @Test func whoSpokeEarlyIsAskedOnceMore() throws {
    let isDeaf = Atomic(false)
    let server = try LocalServer { request in
      if isDeaf.load(ordering: .relaxed) { return .text(500, "") }
      return .json(200, request.path.hasSuffix("/query") ? ["resultCode": 1000] : ["resultCode": 0])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.givenUp("momo", desk, currency: Counter.dong)
    #expect(try desk.askOne(with: counter.tools()))
    isDeaf.store(true, ordering: .relaxed)
    for _ in 0..<20 {
      counter.clock.advance(by: try #require(try counter.due(id)) - counter.now)
      #expect(try desk.askOne(with: counter.tools()))
    }
    #expect(try counter.stuck("silent_payments") == 1)
    isDeaf.store(false, ordering: .relaxed)
    counter.clock.advance(by: .hours(1))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("due_at", of: id) == nil)
    #expect(try counter.stuck("silent_payments") == 0)
  }

  /// A call says that money came for what had failed, and nobody answers what there is to it.
  @Test func whatHadFailedIsAskedAboutAsLong() throws {
    let midtrans = try MidtransDouble()
    let desk = try Counter.desk(midtrans.origin)
    let id = try counter.failed(at: midtrans, desk)
    try counter.database.database().execute(
      "UPDATE payments.payments SET due_at = \(counter.now)")
    let away = try Counter.desk("http://127.0.0.1:9")
    #expect(try askUntilNothingIsDue(id, away).count > 70)
    #expect(try counter.stuck("silent_payments") == 1)
    midtrans.become("settlement")
    try counter.database.database().execute(
      "UPDATE payments.payments SET due_at = \(counter.now)")
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
    #expect(try counter.stuck("silent_payments") == 0)
  }
}
