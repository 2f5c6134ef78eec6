import Core
import KitTesting
import Payments
import Postgres
import Testing

/// Midtrans gives back what is settled. Before that it can only be cancelled as a whole, and not at
/// every bank: nothing has failed by that, and nothing is given twice.
@Suite struct MidtransRefundTests {
  private let counter: Counter
  private let midtrans: MidtransDouble
  private let desk: ProviderDesk

  init() throws {
    counter = try Counter()
    midtrans = try MidtransDouble()
    desk = try Counter.desk(midtrans.origin)
  }

  /// A card's money that came, and is not settled yet.
  private func captured() throws -> (order: OrderID, id: PaymentID) {
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    midtrans.become("capture")
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    return (order, id)
  }

  private func refund(_ order: OrderID, _ amount: Int) throws -> RefundID {
    try counter.refund(order, amount, currency: Counter.rupiah)
  }

  private func status(_ refund: RefundID) throws -> String? {
    try counter.database.database().first(
      "SELECT r.status FROM payments.refunds AS r WHERE r.id = \(refund)"
    ) { row in try row.next() }
  }

  private func giveUntilSettled(_ refund: RefundID, hours: Int = 5) throws {
    for _ in 0..<hours where try status(refund) == "pending" {
      counter.clock.advance(by: .minutes(61))
      #expect(try desk.refundOne(with: counter.tools()))
    }
  }

  @Test func theWholeIsCancelledBeforeItIsSettled() throws {
    let (order, id) = try captured()
    let refund = try refund(order, 150_000)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try status(refund) == "succeeded")
    #expect(try counter.status(id) == "refunded")
    #expect(midtrans.demands == ["POST /v2/\(id)/cancel"])
    try counter.expectBooksToBalance()
  }

  /// The answer got lost: what became of it is asked, and it is not given back another way.
  @Test func aCancellationWhoseAnswerGotLostIsFound() throws {
    let (order, id) = try captured()
    let refund = try refund(order, 150_000)
    midtrans.change { $0.losesAnAnswer = true }
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try status(refund) == "pending")
    try giveUntilSettled(refund)
    #expect(try status(refund) == "succeeded")
    #expect(midtrans.demands == ["POST /v2/\(id)/cancel"])
    #expect(midtrans.given == [])
    try counter.expectBooksToBalance()
  }

  /// It is settled between the question and the cancellation.
  @Test func whatIsSettledMeanwhileIsGivenBackOnce() throws {
    let (order, _) = try captured()
    let refund = try refund(order, 150_000)
    midtrans.change { $0.settlesBeforeCancelling = true }
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try status(refund) == "pending")
    try giveUntilSettled(refund)
    #expect(try status(refund) == "succeeded")
    #expect(midtrans.given == [150_000])
    try counter.expectBooksToBalance()
  }

  /// For days, and then both parts go back, each once.
  @Test func aPartWaitsUntilItIsSettled() throws {
    let (order, id) = try captured()
    let parts = try [refund(order, 50_000), refund(order, 100_000)]
    for hour in 0..<72 {
      for _ in parts { #expect(try desk.refundOne(with: counter.tools()), "\(hour)") }
      #expect(try !desk.refundOne(with: counter.tools()), "\(hour)")
      counter.clock.advance(by: .minutes(61))
    }
    #expect(try parts.map(status) == ["pending", "pending"])
    #expect(try counter.column("refunding", of: id) == "150000")
    #expect(try counter.events("refund.failed.v1") == 0)
    #expect(midtrans.demands == [])
    midtrans.become("settlement")
    for part in parts { try giveUntilSettled(part) }
    #expect(try counter.status(id) == "refunded")
    #expect(midtrans.given.sorted() == [50_000, 100_000])
    try counter.expectBooksToBalance()
  }

  /// Not every bank cancels what was captured.
  @Test func whatTheBankDoesNotCancelWaits() throws {
    let (order, _) = try captured()
    let refund = try refund(order, 150_000)
    midtrans.change { $0.cancels = false }
    try giveUntilSettled(refund)
    #expect(try status(refund) == "pending")
    midtrans.become("settlement")
    try giveUntilSettled(refund)
    #expect(try status(refund) == "succeeded")
    #expect(midtrans.given == [150_000])
    try counter.expectBooksToBalance()
  }

  /// Settled, and refused all the same: there is no way back by Midtrans.
  @Test func whatIsRefusedOnceItIsSettledHasFailed() throws {
    let (order, id) = try captured()
    midtrans.become("settlement")
    midtrans.change { $0.refunds = false }
    let refund = try refund(order, 150_000)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try status(refund) == "failed")
    #expect(try counter.column("refunding", of: id) == "0")
    try counter.expectBooksToBalance()
  }
}
