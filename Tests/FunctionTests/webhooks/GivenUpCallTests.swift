import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing
import souk

/// A call that cannot be worked off, however often it is tried, is not forgotten: operators see it,
/// and have it worked off once what stood in the way is gone.
@Suite struct GivenUpCallTests {
  private let bank: Bank
  private let desk: ProviderDesk

  init() throws {
    bank = try Bank()
    desk = ProviderDesk(try Providers(Environment(Bank.environment)))
  }

  private func givenUp() throws -> String? {
    try bank.bazaar.gauge("souk_provider_calls_given_up")
  }

  @Test func itIsSeenAndWorkedOffAgain() throws {
    let look = bank.bazaar.stack.look()
    let order = try bank.order()
    try bank.request(order, "sandbox", "never")
    let payment = try #require(bank.payment(order))
    let body: JSONValue = [
      "payment_id": .string(payment.id), "status": "captured",
      "amount": ["amount": 1000, "currency": "USD"],
    ]
    try bank.bazaar.stack.database.database(role: "souk_webhooks").transaction {
      try bank.cashier.receive(
        ProviderCall(body: body.bytes, signature: nil), from: .sandbox, at: "192.0.2.7", in: $0)
    }
    try look.execute(
      "ALTER TABLE payments.entries ADD CONSTRAINT entries_none CHECK (amount < 0) NOT VALID")
    #expect(try givenUp() == "0")
    for _ in 0..<20 {
      while try desk.readOne(with: bank.tools) {}
      bank.bazaar.stack.clock.advance(by: .minutes(10))
    }
    #expect(try givenUp() == "1")
    #expect(try BooksStore.broken(look).contains { $0.hasPrefix("a provider's call") })
    let (calls, total) = try ProviderCallStore.givenUp(limit: 9, in: look)
    #expect(calls.map(\.provider) == ["sandbox"] && total == 1)
    #expect(calls.first?.fault.contains("entries_none") == true)
    try look.execute("ALTER TABLE payments.entries DROP CONSTRAINT entries_none")
    #expect(try ProviderCallStore.workAgain("another", at: bank.now, in: look) == 0)
    #expect(try ProviderCallStore.workAgain(calls[0].id, at: bank.now, in: look) == 1)
    #expect(try ProviderCallStore.workAgain(nil, at: bank.now, in: look) == 0)
    while try desk.readOne(with: bank.tools) {}
    #expect(
      try bank.count("SELECT captured FROM payments.payments WHERE status = 'captured'") == 1000)
    #expect(try givenUp() == "0")
  }
}
