import Core
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct CashierTests {
  private let counter: Counter

  init() throws { counter = try Counter() }

  @Test func theSandboxApprovesAtOnce() throws {
    let order = counter.order()
    #expect(try counter.request(order, "sandbox", "approve") == .captured)
    #expect(try counter.standing(order) == .captured)
    // The same request again finds the same payment.
    #expect(try counter.request(order, "sandbox", "approve") == .captured)
    #expect(try counter.count("SELECT count(*) FROM payments.payments") == 1)
    #expect(try counter.events("payment.captured.v1") == 1)
    try counter.expectBooksToBalance()
  }

  @Test func theSandboxDeclinesAtOnce() throws {
    let order = counter.order()
    #expect(try counter.request(order, "sandbox", "decline") == .failed(reason: "declined"))
    #expect(try counter.request(order, "sandbox", "approve") == .failed(reason: "declined"))
    #expect(try counter.events("payment.failed.v1") == 1)
    // Another attempt begins when this one was given up.
    #expect(try counter.abandon(order))
    #expect(try counter.standing(order) == .failed(reason: "declined"))
    #expect(try counter.request(order, "sandbox", "approve") == .captured)
    #expect(try counter.standing(order) == .captured)
    try counter.expectBooksToBalance()
  }

  @Test func aWalletPaysWhatIsInIt() throws {
    let ana = counter.customer()
    #expect(
      try counter.request(counter.order(), 1, by: ana, "wallet")
        == .failed(reason: "insufficient_funds"))
    try counter.fill(ana, 1500)
    let order = counter.order()
    #expect(try counter.request(order, 1000, by: ana, "wallet") == .captured)
    #expect(try counter.wallet(ana) == 500)
    #expect(
      try counter.request(counter.order(), 501, by: ana, "wallet")
        == .failed(reason: "insufficient_funds"))
    #expect(
      try counter.request(counter.order(), 1, by: ana, "wallet", currency: Counter.dong)
        == .failed(reason: "insufficient_funds"))
    #expect(try counter.abandon(order))
    #expect(try counter.wallet(ana) == 1500)
    #expect(try counter.standing(order) == .refunded)
    try counter.expectBooksToBalance()
  }

  @Test func cashIsTakenOnDelivery() throws {
    let ana = counter.customer()
    let order = counter.order()
    #expect(try counter.request(order, 700, by: ana, "cod") == .authorized)
    #expect(throws: PaymentError.notCaptured) { try counter.refund(order, 1) }
    for _ in 1...2 {
      try counter.collectCash(700, for: order)
    }
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.events("payment.captured.v1") == 1)
    // Cash cannot be sent back: it goes to the wallet.
    try counter.refund(order, 700)
    #expect(try counter.wallet(ana) == 700)
    #expect(try counter.standing(order) == .refunded)
    try counter.expectBooksToBalance()
  }

  @Test func cashThatNobodyTookIsNotOwed() throws {
    let order = counter.order()
    _ = try counter.request(order, "cod")
    #expect(try counter.abandon(order))
    #expect(try counter.standing(order) == .cancelled)
    try counter.collectCash(1000, for: order)
    #expect(try counter.standing(order) == .cancelled)
    try counter.expectBooksToBalance()
  }

  @Test func othersWait() throws {
    let order = counter.order()
    let standing = try counter.request(order, "momo", currency: Counter.dong)
    guard case .pending(let waiting) = standing else {
      Issue.record("\(standing)")
      return
    }
    #expect(waiting.words(at: counter.now) == "waiting for MoMo, next question now, 0 of 12")
    #expect(try counter.abandon(order))
    #expect(try counter.standing(order) == .cancelled)
    #expect(try counter.events("payment.cancelled.v1") == 1)
  }

  @Test func whatIsFreeIsPaid() throws {
    let order = counter.order()
    #expect(try counter.request(order, 0, "stripe") == .captured)
    #expect(try counter.abandon(order))
    try counter.expectBooksToBalance()
  }

  @Test func anOrderWithoutPaymentHasNoStanding() throws {
    let order = counter.order()
    #expect(try counter.standing(order) == nil)
    #expect(try counter.abandon(order))
    #expect(throws: PaymentError.noSuchPayment) { try counter.refund(order, 1) }
    #expect(try counter.request(order, "gold") == .failed(reason: "unknown_provider"))
  }

  @Test func refundsAreBounded() throws {
    let order = counter.order()
    _ = try counter.request(order, 1000, "sandbox", "approve")
    let first = try counter.refund(order, 400, reference: "a")
    #expect(try counter.refund(order, 400, reference: "a") == first)
    #expect(throws: PaymentError.referenceUsed) { try counter.refund(order, 300, reference: "a") }
    #expect(throws: PaymentError.refundTooLarge(refundable: 600)) { try counter.refund(order, 601) }
    #expect(throws: PaymentError.wrongCurrency(field: "amount.currency")) {
      try counter.refund(order, 1, currency: Counter.dong)
    }
    #expect(try counter.standing(order) == .captured)
    try counter.refund(order, 600)
    #expect(try counter.standing(order) == .refunded)
    #expect(throws: PaymentError.refundTooLarge(refundable: 0)) { try counter.refund(order, 1) }
    #expect(try counter.events("payment.refunded.v1") == 2)
    try counter.expectBooksToBalance()
  }

  /// Fifty refunds at once of a tenth each: ten go through.
  @Test func refundsAtOnceNeverPassWhatWasCaptured() throws {
    let order = counter.order()
    _ = try counter.request(order, 1000, "sandbox", "approve")
    let counter = counter
    let went = try Together.run(threads: 50, prepare: { _ in counter.scheduler() }) {
      database, _ in
      do {
        try counter.refund(order, 100, on: database)
        return true
      } catch is PaymentError {
        return false
      }
    }.flatMap(\.self)
    #expect(went.filter(\.self).count == 10)
    #expect(try counter.standing(order) == .refunded)
    try counter.expectBooksToBalance()
  }

  /// The same refund from many sides at once goes once.
  @Test func oneReferenceFromManySidesCountsOnce() throws {
    let order = counter.order()
    _ = try counter.request(order, 1000, "sandbox", "approve")
    let counter = counter
    let ids = try Together.run(threads: 12, prepare: { _ in counter.scheduler() }) { database, _ in
      try counter.refund(order, 100, reference: "same", on: database)
    }.flatMap(\.self)
    #expect(Set(ids).count == 1)
    #expect(try counter.count("SELECT count(*) FROM payments.entries") == 2)
    try counter.expectBooksToBalance()
  }

  /// Many tills ask for the same order at the same moment.
  @Test func anOrderIsPaidOnce() throws {
    let counter = counter
    let orders = (0..<20).map { _ in counter.order() }
    _ = try Together.run(threads: 8, rounds: 20, prepare: { _ in counter.scheduler() }) {
      database, round in
      try counter.request(orders[round], "sandbox", "approve", on: database)
    }
    #expect(try counter.count("SELECT count(*) FROM payments.payments") == 20)
    #expect(try counter.count("SELECT count(*) FROM payments.entries") == 20)
    try counter.expectBooksToBalance()
  }
}
