import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct PaymentExpiryTests {
  private let counter: Counter
  private let desk: ProviderDesk
  private let midtrans: MidtransDouble
  private let midtransDesk: ProviderDesk

  init() throws {
    counter = try Counter()
    desk = try Counter.desk("http://127.0.0.1:9")
    midtrans = try MidtransDouble()
    midtransDesk = try Counter.desk(midtrans.origin)
  }

  /// A payment with a call that settled it, and the call.
  private typealias Story = (payment: PaymentID?, call: JSONValue, from: ProviderName)

  enum Case: CaseIterable {
    case paid, paidTooLate, failed, failedAndPaidByAnother, refunded, unknown
  }

  private func prepare(_ name: Case) throws -> Story {
    switch name {
    case .paid, .refunded:
      let (_, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
      return (id, sandboxCall(id), .sandbox)
    case .paidTooLate:
      let (order, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
      #expect(try counter.abandon(order))
      return (id, sandboxCall(id), .sandbox)
    case .failed, .failedAndPaidByAnother:
      let (_, id) = try counter.pending("midtrans", currency: Counter.rupiah)
      #expect(try midtransDesk.askOne(with: counter.tools()))
      midtrans.become("expire")
      return (id, midtransCall(id), .midtrans)
    case .unknown: return (nil, counter.sandboxCall(IDSource().id()), .sandbox)
    }
  }

  /// As the sandbox makes it, with its own name for the payment.
  private func sandboxCall(_ id: PaymentID) -> JSONValue {
    var call = counter.sandboxCall(id).object ?? JSONObject()
    call["reference"] = .string("sandbox \(id)")
    return .object(call)
  }

  private func midtransCall(_ id: PaymentID) -> JSONValue {
    [
      "order_id": .string(id.description), "transaction_status": "expire", "status_code": "202",
      "transaction_id": "T-1", "gross_amount": "150000.00", "currency": "IDR",
    ]
  }

  /// What happens after the call and before it is forgotten.
  private func goOn(_ name: Case, _ payment: PaymentID?) throws {
    guard let payment else { return }
    while [.failed, .failedAndPaidByAnother].contains(name),
      try midtransDesk.askOne(with: counter.tools())
    {}
    let orders: [OrderID] = try counter.database.database().query(
      "SELECT p.order_id FROM payments.payments AS p WHERE p.id = \(payment)"
    ) { row in try row.next() }
    switch name {
    case .refunded:
      try counter.refund(orders[0], 150_000)
      while try desk.refundOne(with: counter.tools()) {}
      #expect(try counter.status(payment) == "refunded")
    case .failedAndPaidByAnother:
      #expect(try counter.abandon(orders[0]))
      #expect(
        try counter.request(
          orders[0], 150_000, "sandbox", "approve", currency: Counter.rupiah) == .captured)
    default: break
    }
  }

  /// The row that told a repeated call from a first one is gone: the payment tells it.
  @Test(arguments: Case.allCases)
  func aCallThatComesAgainAfterItWasForgottenChangesNothing(_ name: Case) throws {
    let (payment, call, provider) = try prepare(name)
    try counter.receive(call, from: provider)
    try counter.readCalls(desk)
    try goOn(name, payment)
    counter.clock.advance(by: .days(91))
    #expect(try forgetCalls() == 1)
    let before = try counter.database.contents()
    try counter.receive(call, from: provider)
    try counter.readCalls(desk)
    let after = try counter.database.contents()
    let changed = Set(after.keys.filter { after[$0] != before[$0] })
    let noted: Set = ["payments.notifications"]
    #expect(
      changed == (name == .unknown ? noted.union(["payments.security_events"]) : noted), "\(name)")
    try counter.expectBooksToBalance()
  }

  private func forgetCalls(limit: Int = 10) throws -> Int {
    try PaymentExpiryStore.forgetCalls(
      settledBefore: counter.now - .days(90), limit: limit, in: counter.scheduler())
  }

  @Test func callsThatWereNotWorkedOffStay() throws {
    let (_, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    for mark: Int64 in 1...3 {
      try counter.receive(counter.sandboxCall(id, mark: mark), from: .sandbox)
    }
    counter.clock.advance(by: .days(400))
    #expect(try forgetCalls() == 0)
    try counter.readCalls(desk)
    counter.clock.advance(by: .days(89))
    #expect(try forgetCalls() == 0)
    counter.clock.advance(by: .days(2))
    #expect(try forgetCalls(limit: 2) == 2)
    #expect(try forgetCalls(limit: 2) == 1)
  }

  // MARK: Security records

  private func forgetSecurityEvents(limit: Int = 10) throws -> Int {
    try PaymentExpiryStore.forgetSecurityEvents(
      before: counter.now - .days(365), limit: limit, in: counter.scheduler())
  }

  @Test func securityRecordsGoAfterAYear() throws {
    counter.clock.advance(by: .days(-366))
    for _ in 1...3 {
      try counter.receive(counter.sandboxCall(IDSource().id()), from: .sandbox)
    }
    try counter.readCalls(desk)
    counter.clock.advance(by: .days(364))
    try counter.receive(counter.sandboxCall(IDSource().id()), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.incidents("unknown_payment") == 4)
    #expect(try forgetSecurityEvents() == 0)
    counter.clock.advance(by: .days(2))
    #expect(try forgetSecurityEvents(limit: 2) == 2)
    #expect(try forgetSecurityEvents(limit: 2) == 1)
    #expect(try forgetSecurityEvents(limit: 2) == 0)
    #expect(try counter.incidents("unknown_payment") == 1)
  }

  @Test(arguments: [
    "DELETE FROM payments.security_events", "TRUNCATE payments.security_events",
    "UPDATE payments.security_events SET kind = 'stale'",
    "UPDATE payments.security_events SET times = 0",
    "UPDATE payments.security_events SET times = times + 1, detail = ''",
  ])
  func nobodyRemovesThemEarlierOrChangesThem(_ statement: String) throws {
    try counter.receive(counter.sandboxCall(IDSource().id()), from: .sandbox)
    try counter.readCalls(desk)
    let error = #expect(throws: PostgresError.self) {
      try counter.database.database().execute("\(unescaped: statement)")
    }
    #expect(error?.code == .permissionDenied)
    #expect(try counter.incidents("unknown_payment") == 1)
  }

  // MARK: Calls of the sandbox

  @Test func callsThatTheSandboxMadeGoAfterAMonth() throws {
    let front = try LocalServer { _ in .text(204, "") }
    let providers = try Counter.providers(["SOUK_IPN_URL": front.origin])
    let desk = ProviderDesk(providers)
    for method in ["twice", "slow", "late"] {
      _ = try counter.pending("sandbox", method, currency: Counter.dollar)
      #expect(try desk.askOne(with: counter.tools()))
    }
    counter.clock.advance(by: .seconds(3))
    while try providers.sandbox?.callBack(with: counter.tools()) == true {}
    #expect(front.requests.count == 3)
    counter.clock.advance(by: .days(29))
    #expect(try forgetSandboxCalls() == 0)
    counter.clock.advance(by: .days(2))
    #expect(try forgetSandboxCalls(limit: 2) == 2)
    #expect(try forgetSandboxCalls(limit: 2) == 1)
    #expect(try forgetSandboxCalls(limit: 2) == 0, "one call is still owed")
    #expect(try counter.count("SELECT count(*) FROM payments.sandbox_callbacks") == 1)
  }

  private func forgetSandboxCalls(limit: Int = 10) throws -> Int {
    try PaymentExpiryStore.forgetSandboxCalls(
      before: counter.now - .days(30), limit: limit, in: counter.scheduler())
  }
}
