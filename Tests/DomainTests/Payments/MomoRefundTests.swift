import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// A refund whose answer told nothing, or got lost: what became of it is asked for, so that the
/// money neither stays here nor goes back twice.
@Suite struct MomoRefundTests {
  private let counter: Counter
  private let momo: MomoDouble
  private let desk: ProviderDesk

  init() throws {
    counter = try Counter()
    momo = try MomoDouble()
    desk = try Counter.desk(momo.origin)
  }

  private func paid() throws -> (order: OrderID, id: PaymentID) {
    let (order, id) = try counter.pending("momo", currency: Counter.dong)
    #expect(try desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    return (order, id)
  }

  private func refund(_ order: OrderID, _ amount: Int = 150_000) throws -> RefundID {
    try counter.refund(order, amount, currency: Counter.dong)
  }

  private func status(_ refund: RefundID) throws -> String? {
    try counter.database.database().first(
      "SELECT r.status FROM payments.refunds AS r WHERE r.id = \(refund)"
    ) { row in try row.next() }
  }

  private func ask(_ times: Int = 1) throws {
    for _ in 0..<times {
      #expect(try desk.refundOne(with: counter.tools()))
      counter.clock.advance(by: .minutes(61))
    }
  }

  /// Nothing was begun, or nobody can tell; then MoMo knows the request, and nothing of a refund.
  @Test(arguments: [10, 11, 13, 20, 99, 1000, 7000])
  func aRequestThatIsKnownIsNoRefund(_ code: Int64) throws {
    let (order, id) = try paid()
    momo.change { $0.refuses = .init(code, begins: false) }
    let refund = try refund(order)
    try ask()
    #expect(try status(refund) == "pending")
    #expect(momo.given == [])
    // It works again: the refund is begun once more, once.
    momo.change { $0.refuses = nil }
    try ask()
    #expect(try status(refund) == "succeeded")
    #expect(momo.given == [150_000])
    #expect(try counter.status(id) == "refunded")
    try counter.expectBooksToBalance()
  }

  /// MoMo works on it, for hours, and then it has failed or succeeded.
  @Test(arguments: [(Int64(0), "succeeded"), (1080, "failed")])
  func whatIsInWorkIsWaitedFor(_ end: Int64, _ outcome: String) throws {
    let (order, _) = try paid()
    momo.change { $0.refuses = .init(7000, begins: true) }
    let refund = try refund(order)
    try ask(4)
    #expect(try status(refund) == "pending")
    momo.change { $0.end(with: end) }
    try ask()
    #expect(try status(refund) == outcome)
    #expect(momo.given == (end == 0 ? [150_000] : []))
    try counter.expectBooksToBalance()
  }

  /// The answer got lost, and another try is told that there is a transaction in work: callers must
  /// not begin another one.
  @Test func aConflictIsNoFailure() throws {
    let (order, _) = try paid()
    momo.change {
      $0.refuses = .init(7000, begins: true)
      $0.losesAnAnswer = true
    }
    let refund = try refund(order)
    try ask()
    momo.change { $0.isBusy = true }
    try ask(3)
    #expect(try status(refund) == "pending")
    #expect(try counter.events("refund.failed.v1") == 0)
    momo.change { $0.end(with: 0) }
    try ask()
    #expect(try status(refund) == "succeeded")
    #expect(momo.given == [150_000])
    try counter.expectBooksToBalance()
  }

  @Test func anAnswerThatGotLostIsFound() throws {
    let (order, _) = try paid()
    momo.change { $0.losesAnAnswer = true }
    let refund = try refund(order, 50_000)
    try ask(2)
    #expect(try status(refund) == "succeeded")
    #expect(momo.given == [50_000])
    #expect(momo.requests("refund").count == 1)
    try counter.expectBooksToBalance()
  }

  @Test func whatIsRefusedForGoodHasFailed() throws {
    let (order, _) = try paid()
    momo.change { $0.refuses = .init(1088, begins: false) }
    let refund = try refund(order)
    try ask()
    #expect(try status(refund) == "failed")
    try counter.expectBooksToBalance()
  }

  /// The words of a question that was asked before are no news of the payment.
  @Test(arguments: [21, 22, 40, 41, 43])
  func aPaymentIsNotDeadByThat(_ code: Int64) throws {
    let (order, id) = try counter.pending("momo", currency: Counter.dong)
    #expect(try desk.askOne(with: counter.tools()))
    momo.change { $0.query = code }
    counter.clock.advance(by: .minutes(1))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "pending")
    momo.change { $0.query = 0 }
    counter.clock.advance(by: .minutes(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
  }

  /// MoMo answers 40 to a request it has answered before.
  @Test func eachQuestionIsARequestOfItsOwn() throws {
    let (order, _) = try counter.pending("momo", currency: Counter.dong)
    momo.change { $0.query = 1000 }
    for _ in 1...4 {
      #expect(try desk.askOne(with: counter.tools()))
      counter.clock.advance(by: .minutes(10))
    }
    let names = momo.requests("query").compactMap { $0.json["requestId"]?.string }
    #expect(names.count == 3 && Set(names).count == 3)
    #expect(names.allSatisfy { (1...50).contains($0.utf8.count) })
    momo.change { $0.query = 0 }
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
  }
}
