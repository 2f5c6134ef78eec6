import Core
import HTTPClient
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing

/// Whoever comes back from the provider's page has the provider asked, and hears what is true.
@Suite struct ConfirmTests {
  private let bank: Bank
  private let stripe: LocalServer
  private let answer = Answer()
  private let desk: ProviderDesk

  init() throws {
    let answer = answer
    stripe = try LocalServer { _ in answer.get() }
    let environment = ["SOUK_STRIPE_URL": stripe.origin]
    bank = try Bank(environment)
    desk = ProviderDesk(
      try Providers(Environment(Bank.environment.merging(environment) { $1 })))
  }

  private static func intent(_ status: String, _ amount: Int64 = 1000) -> LocalServer.Answer {
    .json(
      200,
      [
        "id": "pi_1", "status": .string(status), "amount": .integer(amount), "currency": "usd",
        "amount_received": .integer(status == "succeeded" ? amount : 0),
      ])
  }

  /// One that the provider knows.
  private func opened(_ provider: String = "stripe", _ method: String? = nil) throws -> String {
    let order = try bank.order()
    try bank.request(order, provider, method)
    answer.now(Self.intent("requires_payment_method"))
    #expect(try desk.askOne(with: bank.tools))
    return try #require(bank.payment(order)).id
  }

  private func confirm(_ id: String, as visitor: Visitor? = nil) -> TestAnswer {
    bank.send("POST", "/payments/\(id)/confirm", ["status": "captured"], as: visitor)
  }

  private func status(_ answer: TestAnswer) -> String? { answer.data?["status"]?.string }

  private func events(_ type: String) throws -> Int {
    try bank.count("SELECT count(*) FROM outbox.events AS e WHERE e.type = \(type)")
  }

  @Test func theProviderIsBelieved() throws {
    let id = try opened()
    answer.now(Self.intent("succeeded"))
    let paid = confirm(id)
    #expect(paid.status == 200 && status(paid) == "captured", "\(paid)")
    #expect(paid.data?["captured"]?["amount"].integer == 1000)
    #expect(stripe.requests.last?.path == "/v1/payment_intents/pi_1")
    #expect(try events("payment.captured.v1") == 1)
    let asked = stripe.requests.count
    #expect(status(confirm(id)) == "captured")
    #expect(stripe.requests.count == asked)
  }

  /// Not the caller, who says that it is paid.
  @Test func theCallerIsNot() throws {
    let id = try opened()
    #expect(status(confirm(id)) == "pending")
    answer.now(Self.intent("canceled"))
    let failed = confirm(id)
    #expect(status(failed) == "failed" && failed.data?["failure"] == "stripe_canceled")
    #expect(try events("payment.captured.v1") == 0)
  }

  @Test func anotherAmountIsNoPayment() throws {
    let id = try opened()
    answer.now(Self.intent("succeeded", 999))
    #expect(status(confirm(id)) == "pending")
    let incidents = "SELECT count(*) FROM payments.security_events AS s WHERE s.kind = "
    #expect(try bank.count("\(unescaped: incidents) 'wrong_amount'") == 1)
  }

  /// Whatever the provider does instead of answering, the job asks next.
  @Test func silenceLeavesItToTheJob() throws {
    let id = try opened()
    for noise: LocalServer.Answer in [.nothing, .text(500, "oops"), .text(200, "<html>")] {
      answer.now(noise)
      let silent = confirm(id)
      #expect(silent.status == 200 && status(silent) == "pending", "\(silent)")
      #expect(silent.data?["waiting"]?.string?.contains("next question now") == true, "\(silent)")
    }
    answer.now(Self.intent("succeeded"))
    #expect(try desk.askOne(with: bank.tools))
    #expect(status(bank.send("GET", "/payments/\(id)")) == "captured")
  }

  /// Questions that the job has used up do not keep anybody from asking; a hundred of them do.
  @Test func oneMoreQuestionIsAlwaysAskedUntilThereWereTooMany() throws {
    let id = try opened()
    let look = bank.bazaar.stack.look()
    try look.execute("UPDATE payments.payments SET asked = 12, due_at = NULL")
    answer.now(Self.intent("processing"))
    let waiting = confirm(id)
    #expect(
      waiting.data?["waiting"]?.string == "waiting for Stripe, asked 13 times, no further question")
    try look.execute("UPDATE payments.payments SET asked = 100, asked_most = 100, due_at = NULL")
    answer.now(Self.intent("succeeded"))
    let asked = stripe.requests.count
    #expect(status(confirm(id)) == "pending")
    #expect(stripe.requests.count == asked)
  }

  @Test func nobodyElseHasItAsked() throws {
    let id = try opened()
    let asked = stripe.requests.count
    #expect(confirm(id, as: try bank.bazaar.visitor()).isProblem(404, "not_found"))
    #expect(confirm("pay_00000000000000000000000000").isProblem(404, "not_found"))
    #expect(stripe.requests.count == asked)
    #expect(confirm(id, as: try bank.bazaar.visitor([.admin])).status == 200)
    #expect(stripe.requests.count == asked + 1)
  }

  /// Not what is being asked just now, what the provider does not know yet, and what has failed.
  @Test func whatIsNotToBeAskedIsReadOnly() throws {
    let id = try opened()
    let asked = stripe.requests.count
    let look = bank.bazaar.stack.look()
    try look.execute("UPDATE payments.payments SET asking_until = \(bank.now + .seconds(60))")
    #expect(status(confirm(id)) == "pending")
    try look.execute("UPDATE payments.payments SET asking_until = NULL, is_created = false")
    #expect(status(confirm(id)) == "pending")
    try look.execute(
      "UPDATE payments.payments SET is_created = true, status = 'failed', failure = 'x'")
    #expect(status(confirm(id)) == "failed")
    #expect(stripe.requests.count == asked)
  }

  /// Money that came for what was given up is found, whenever somebody has it looked for.
  @Test func whatWasGivenUpMayHaveBeenPaid() throws {
    let id = try opened()
    let order: OrderID? = try bank.bazaar.stack.look().first(
      "SELECT p.order_id FROM payments.payments AS p"
    ) { row in try row.next() }
    let bank = bank
    _ = try bank.scheduler().transaction {
      try bank.cashier.abandon(try #require(order), reason: "No", in: $0)
    }
    try bank.bazaar.stack.look().execute("UPDATE payments.payments SET due_at = NULL")
    answer.now(.text(500, ""))
    #expect(status(confirm(id)) == "cancelled")
    #expect(try bank.count("SELECT count(*) FROM payments.payments WHERE due_at IS NOT NULL") == 1)
    answer.now(Self.intent("succeeded"))
    #expect(status(confirm(id)) == "captured")
    #expect(try bank.count("SELECT count(*) FROM payments.refunds") == 1)
    #expect(
      try bank.count(
        "SELECT count(*) FROM payments.security_events WHERE kind = 'unwanted_money'") == 1)
  }

  /// Many tabs at once: one question, one payment.
  @Test func manyAtOnceAskOnce() throws {
    let id = try opened()
    answer.now(Self.intent("succeeded"))
    let asked = stripe.requests.count
    let (stack, token) = (bank.bazaar.stack, bank.ana.token)
    let answers = try Together.run(
      threads: 8, prepare: { _ in try Bazaar.payments(on: stack) }
    ) { payments, _ in
      payments.send("POST", "/api/v1/payments/\(id)/confirm", token: token, bytes: []).status
    }
    #expect(Set(answers.flatMap(\.self)) == [200])
    #expect(stripe.requests.count == asked + 1)
    #expect(try events("payment.captured.v1") == 1)
  }

  @Test func theSandboxIsAskedLikeTheOthers() throws {
    let id = try opened("sandbox", "slow")
    #expect(status(confirm(id)) == "pending")
    bank.bazaar.stack.clock.advance(by: .seconds(3))
    #expect(status(confirm(id)) == "captured")
  }

  /// Money for a wallet is in it when the answer is there.
  @Test func aTopUpIsConfirmedToo() throws {
    answer.now(Self.intent("requires_payment_method"))
    let opened = bank.send(
      "POST", "/wallet/topups",
      [
        "amount": ["amount": 1000, "currency": "USD"],
        "provider": "stripe",
      ], key: "1")
    #expect(opened.status == 201, "\(opened)")
    #expect(try desk.askOne(with: bank.tools))
    answer.now(Self.intent("succeeded"))
    #expect(status(confirm(opened.data.id)) == "captured")
    #expect(try bank.count("SELECT sum(a.balance)::bigint FROM payments.accounts AS a") == 1000)
  }
}

/// What the provider answers now, to whatever it is asked.
private final class Answer: Sendable {
  private let kept = Mutex<LocalServer.Answer>(.nothing)
  func now(_ answer: LocalServer.Answer) { kept.withLock { $0 = answer } }
  func get() -> LocalServer.Answer { kept.withLock { $0 } }
}
