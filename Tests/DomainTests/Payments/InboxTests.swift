import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// What calls do, whenever they come and whatever they say.
@Suite struct InboxTests {
  private let counter: Counter
  private let desk: ProviderDesk

  init() throws {
    counter = try Counter()
    desk = try Counter.desk("http://127.0.0.1:9")
  }

  private func verdicts() throws -> [String] {
    try counter.database.database().query(
      "SELECT n.verdict FROM payments.notifications AS n ORDER BY n.verdict"
    ) { row in try row.next() }
  }

  @Test func aCallBeforeTheAnswer() throws {
    let (order, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    try counter.receive(counter.sandboxCall(id), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.standing(order) == .captured)
    // The answer that says "pending" comes after it.
    try counter.database.database().execute(
      "UPDATE payments.payments SET due_at = \(counter.now)")
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.column("due_at", of: id) == nil)
    try counter.expectBooksToBalance()
  }

  @Test func theSameCallAgainAndInOtherWords() throws {
    let (order, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    for _ in 1...3 { try counter.receive(counter.sandboxCall(id), from: .sandbox) }
    try counter.receive(counter.sandboxCall(id, mark: 1), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.incidents("repeated") == 2)
    #expect(try verdicts() == ["captured", "it has its money already"])
    #expect(try counter.events("payment.captured.v1") == 1)
    try counter.expectBooksToBalance()
  }

  @Test func anotherAmountIsNoPayment() throws {
    let (order, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    try counter.receive(counter.sandboxCall(id, 1), from: .sandbox)
    try counter.receive(counter.sandboxCall(id, 150_001), from: .sandbox)
    try counter.receive(counter.sandboxCall(id, 150_000, "VND"), from: .sandbox)
    try counter.readCalls(desk)
    guard case .pending = try counter.standing(order) else {
      Issue.record("it was settled")
      return
    }
    #expect(try counter.incidents("wrong_amount") == 2)
    #expect(try counter.incidents("wrong_currency") == 1)
    #expect(try counter.count("SELECT count(*) FROM payments.entries") == 0)
    // The right one still counts.
    try counter.receive(counter.sandboxCall(id), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.standing(order) == .captured)
    try counter.expectBooksToBalance()
  }

  @Test func aCallAboutNothingOfOurs() throws {
    let (order, id) = try counter.pending("momo", currency: Counter.dong)
    try counter.receive(counter.sandboxCall(IDSource().id()), from: .sandbox)
    // Signed by the sandbox, about a payment of MoMo.
    try counter.receive(counter.sandboxCall(id, 150_000, "VND"), from: .sandbox)
    try counter.receive(["payment_id": "x"], from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.incidents("unknown_payment") == 1)
    #expect(try counter.incidents("wrong_provider") == 1)
    #expect(try counter.incidents("unreadable") == 1)
    guard case .pending = try counter.standing(order) else {
      Issue.record("it was settled")
      return
    }
  }

  /// A payment that has its money keeps it, whatever comes later.
  @Test func callsInTheWrongOrder() throws {
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    let midtrans = try MidtransDouble()
    let desk = try Counter.desk(midtrans.origin)
    #expect(try desk.askOne(with: counter.tools()))
    midtrans.become("settlement")
    for (status, code) in [("settlement", "200"), ("expire", "202"), ("pending", "201")] {
      try counter.receive(
        [
          "order_id": .string(id.description), "transaction_status": .string(status),
          "status_code": .string(code), "gross_amount": "150000.00", "currency": "IDR",
        ], from: .midtrans)
      try counter.readCalls(desk)
      while try desk.askOne(with: counter.tools()) {}
    }
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.events("payment.failed.v1") == 0)
    try counter.expectBooksToBalance()
  }

  @Test func moneyAfterAFailure() throws {
    let order = counter.order()
    _ = try counter.request(order, 150_000, "sandbox", "decline")
    let id = try counter.id(of: order)
    try counter.receive(counter.sandboxCall(id), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.status(id) == "refunded")
    try counter.expectBooksToBalance()
  }

  /// Two attempts of one order are paid: one of them goes back.
  @Test func anOrderThatIsPaidTwice() throws {
    let (order, first) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    #expect(try counter.abandon(order))
    #expect(try counter.request(order, 150_000, "sandbox", "approve") == .captured)
    try counter.receive(counter.sandboxCall(first), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.status(first) == "refunded")
    #expect(try counter.standing(order) == .captured)
    try counter.expectBooksToBalance()
  }

  /// Calls, questions, cancellations and retries of the same orders, all at once.
  @Test func everythingAtOnce() throws {
    let counter = counter
    let desk = desk
    let pending = try (0..<12).map { _ in
      try counter.pending("sandbox", "never", currency: Counter.dollar)
    }
    _ = try Together.run(threads: 6, rounds: 12, prepare: { _ in counter.tools() }) {
      tools, round in
      let (order, id) = pending[round]
      switch Int.random(in: 0..<4) {
      case 0:
        try counter.receive(
          counter.sandboxCall(id, mark: .random(in: 0...2)), from: .sandbox)
      case 1: _ = try counter.abandon(order)
      case 2: _ = try desk.askOne(with: tools)
      default: while try desk.readOne(with: tools) {}
      }
    }
    try counter.readCalls(desk)
    #expect(try counter.database.deadlocks() == 0)
    try counter.expectBooksToBalance()
  }

  @Test func topUpsFillTheWalletHoweverLate() throws {
    let ana = counter.customer()
    let id = try counter.scheduler().transaction {
      try counter.cashier.topUp(
        TopUp(
          customer: ana, amount: Money(150_000, Counter.dollar), provider: .sandbox,
          method: "never", returnURL: nil), in: $0)
    }
    counter.clock.advance(by: .hours(25))
    let more = try counter.scheduler().transaction {
      try counter.cashier.expireTopUps(limit: 10, in: $0)
    }
    #expect(!more)
    #expect(try counter.status(id) == "cancelled")
    try counter.receive(counter.sandboxCall(id), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.wallet(ana) == 150_000)
    try counter.expectBooksToBalance()
  }
}
