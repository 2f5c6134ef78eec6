import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// A scheduler without a provider's keys, while another has them, or will.
@Suite struct AbsentKeysTests {
  private let counter: Counter
  private let without: ProviderDesk
  /// With MoMo's keys, where one payment after the other is paid.
  private let desk: ProviderDesk
  private let momo: LocalServer

  init() throws {
    counter = try Counter()
    without = ProviderDesk(try Providers(Environment([:])))
    momo = try LocalServer { request in
      switch request.path.split(separator: "/").last {
      case "create": .json(200, ["resultCode": 0, "payUrl": "https://momo.example"])
      case "query": .json(200, ["resultCode": 0, "amount": 150_000, "transId": 5])
      default: .json(200, ["resultCode": 0, "transId": 6])
      }
    }
    desk = try Counter.desk(momo.origin)
  }

  /// All that the one without keys does, for two hours.
  private func pass() throws {
    for _ in 0..<24 {
      let tools = counter.tools()
      #expect(try !without.askOne(with: tools))
      #expect(try !without.refundOne(with: tools))
      #expect(try !without.readOne(with: tools))
      while try without.noteUnasked(with: tools) {}
      counter.clock.advance(by: .minutes(5))
    }
  }

  @Test func noQuestionIsUsedUp() throws {
    let (_, id) = try counter.pending("momo", currency: Counter.dong)
    try pass()
    #expect(try counter.column("asked", of: id) == "0")
    #expect(try counter.column("last_error", of: id) == "this provider is not configured")
    #expect(try desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .minutes(1))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
  }

  /// Where somebody has the keys nobody else says a word.
  @Test func whatIsDueSinceAMomentIsNotNoted() throws {
    let (_, id) = try counter.pending("momo", currency: Counter.dong)
    counter.clock.advance(by: .minutes(1))
    #expect(try !without.noteUnasked(with: counter.tools()))
    #expect(try counter.column("last_error", of: id) == nil)
  }

  /// Nobody is asked to close it, so operators are told; whoever comes with the keys asks at once.
  @Test func whatWasGivenUpIsToldAndAskedAboutLater() throws {
    let (_, id) = try counter.givenUp("momo", desk, currency: Counter.dong)
    try pass()
    #expect(try counter.stuck("silent_payments") == 1)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
    #expect(try counter.stuck("silent_payments") == 0)
  }

  /// Open as it still is, it is asked about as often as if the keys had been there all the time.
  @Test func whatWasGivenUpKeepsItsQuestions() throws {
    let open = try LocalServer { request in
      .json(200, request.path.hasSuffix("/query") ? ["resultCode": 1000] : ["resultCode": 0])
    }
    let desk = try Counter.desk(open.origin)
    let (_, id) = try counter.givenUp("momo", desk, currency: Counter.dong)
    try pass()
    #expect(try counter.column("closing", of: id) == "0")
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.stuck("silent_payments") == 0)
    var questions = 1
    counter.clock.advance(by: .minutes(10))
    while try desk.askOne(with: counter.tools()) {
      questions += 1
      counter.clock.advance(by: .minutes(10))
    }
    #expect(questions == 12)
  }

  @Test func aRefundIsToldAndAskedForLater() throws {
    let (_, id) = try counter.givenUp("momo", desk, currency: Counter.dong)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("refunding", of: id) == "150000")
    try pass()
    #expect(try counter.stuck("late_refunds") == 1)
    #expect(try counter.status(id) == "captured")
    #expect(try counter.count("SELECT r.asked FROM payments.refunds AS r") == 0)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.stuck("late_refunds") == 0)
    #expect(try counter.status(id) == "refunded")
    try counter.expectBooksToBalance()
  }

  /// What a provider tells is for who understands it. Where nobody does for a day operators are
  /// told, and it is read when they have brought the keys.
  @Test func aCallIsLeftToWhoHasTheKeys() throws {
    let (_, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    try counter.receive(counter.sandboxCall(id), from: .sandbox)
    try pass()
    #expect(try counter.status(id) == "pending")
    #expect(try desk.readOne(with: counter.tools()))
    #expect(try counter.status(id) == "captured")
    try counter.receive(counter.sandboxCall(id, mark: 1), from: .sandbox)
    counter.clock.advance(by: .days(2))
    #expect(try without.readOne(with: counter.tools()))
    #expect(try counter.stuck("calls") == 1)
    #expect(try !desk.readOne(with: counter.tools()), "it waits for somebody")
    try counter.database.database().execute(
      "UPDATE payments.notifications SET due_at = \(counter.now) WHERE due_at IS NULL")
    #expect(try desk.readOne(with: counter.tools()))
    #expect(try counter.stuck("calls") == 0)
  }
}
