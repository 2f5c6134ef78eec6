import Core
import HTTPClient
import JSON
import KitTesting
import Log
import Payments
import Postgres
import Schedule
import Synchronization
import Testing
import scheduler

/// A provider that takes connections and does not answer holds up its own customers only.
@Suite struct HangingProviderTests {
  private final class Momo: Sendable {
    let hangs = Atomic(false)

    func answer(_ request: LocalServer.Request) -> LocalServer.Answer {
      guard hangs.load(ordering: .relaxed) else {
        return .json(200, ["resultCode": 0, "amount": 1000, "transId": 5, "payUrl": "https://m"])
      }
      _ = becomesTrue(within: .seconds(60)) { !hangs.load(ordering: .relaxed) }
      return .nothing
    }
  }

  private let momo = Momo()
  private let silent: LocalServer
  private let stripe: LocalServer
  private let bank: Bank
  private let environment: [String: String]

  init() throws {
    silent = try LocalServer { [momo] in momo.answer($0) }
    stripe = try LocalServer { request in
      if request.path == "/v1/refunds" {
        return .json(200, ["id": "re_1", "status": "succeeded"])
      }
      return .json(
        200,
        [
          "id": "pi_1", "status": "succeeded", "amount": 1000, "currency": "usd",
          "amount_received": 1000,
        ])
    }
    bank = try Bank()
    environment = Bank.environment.merging([
      "SOUK_MOMO_URL": silent.origin, "SOUK_STRIPE_URL": stripe.origin,
    ]) { $1 }
  }

  private func status(_ order: OrderID) throws -> String? {
    try bank.bazaar.stack.look().first(
      "SELECT p.status FROM payments.payments AS p WHERE p.order_id = \(order)"
    ) { row in try row.next() }
  }

  private func refund(_ order: OrderID, _ currency: Currency = Bank.dollar) throws {
    try bank.scheduler().transaction { transaction in
      _ = try bank.cashier.refund(
        RefundRequest(
          .order(order), Money(1000, currency), reason: "broken", reference: "test \(order)"),
        in: transaction)
    }
  }

  private func scheduler(_ providers: Providers) throws -> Scheduler {
    let stack = bank.bazaar.stack
    let settings = try ScheduleSettings(
      Environment([
        "DATABASE_URL": stack.database.url, "SOUK_DATABASE_ROLE": "souk_scheduler",
        "SOUK_TICK_MS": "60000",
      ]))
    return Scheduler(
      Plan(jobs: PaymentJobs.make(providers)), settings,
      ids: IDSource(clock: stack.clock.clock),
      log: Logger(function: "scheduler", write: LogRecorder().write))
  }

  @Test func othersAreAskedMeanwhile() throws {
    let providers = try Providers(Environment(environment))
    let desk = ProviderDesk(providers)
    // Paid at MoMo, to be given back.
    let paid = try bank.order()
    try bank.request(paid, "momo", currency: .dong)
    for _ in 1...2 {
      #expect(try desk.askOne(with: bank.tools))
      bank.bazaar.stack.clock.advance(by: .seconds(10))
    }
    #expect(try status(paid) == "captured")
    let asked = silent.requests.count
    momo.hangs.store(true, ordering: .relaxed)
    let running = try scheduler(providers)
    let thread = Background { try running.run() }
    defer {
      momo.hangs.store(false, ordering: .relaxed)
      running.stop()
    }
    try refund(paid, .dong)
    for _ in 1...3 { try bank.request(try bank.order(), "momo", currency: .dong) }
    #expect(becomesTrue { silent.requests.count > asked })
    let order = try bank.order()
    try bank.request(order, "stripe")
    #expect(try becomesTrue { try status(order) == "captured" })
    try refund(order)
    #expect(try becomesTrue { try status(order) == "refunded" })
    #expect(try status(paid) == "captured")
    momo.hangs.store(false, ordering: .relaxed)
    running.stop()
    try thread.value()
  }

  /// What was begun with a provider whose keys were taken away says so after a while, and waits.
  @Test func whoseKeysAreGoneIsTold() throws {
    let desk = ProviderDesk(try Providers(Environment(environment)))
    let paid = try bank.order()
    try bank.request(paid, "stripe")
    #expect(try desk.askOne(with: bank.tools))
    try refund(paid)
    let open = try bank.order()
    try bank.request(open, "momo", currency: .dong)
    bank.bazaar.stack.clock.advance(by: .minutes(11))
    let tools = bank.tools
    for job in PaymentJobs.make(try Providers(Environment([:]))) {
      let tools = JobTools(
        database: tools.database, http: tools.http, ids: tools.ids,
        log: Logger(function: "scheduler", write: LogRecorder().write))
      while try job.work(tools) {}
    }
    #expect(
      try bank.count(
        """
        SELECT count(*) FROM payments.payments AS p
        WHERE p.order_id = \(open) AND p.due_at IS NOT NULL AND p.status = 'pending'
          AND p.asked = 0 AND p.last_error = 'this provider is not configured'
        """) == 1)
    #expect(
      try bank.count(
        """
        SELECT count(*) FROM payments.refunds AS r
        WHERE r.due_at IS NOT NULL AND r.status = 'pending'
          AND r.last_error = 'this provider is not configured'
        """) == 1)
  }
}

extension Currency {
  fileprivate static let dong = Currency(rawValue: "VND") ?? .none
}
