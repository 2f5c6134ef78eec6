import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct WalletTests {
  private let bank: Bank

  init() throws { bank = try Bank() }

  private func topUp(
    _ amount: Int64, _ currency: String = "USD", provider: String = "sandbox",
    method: String = "approve", key: String = IDSource().uuid().description
  ) -> TestAnswer {
    bank.send(
      "POST", "/wallet/topups",
      [
        "amount": ["amount": .integer(amount), "currency": .string(currency)],
        "provider": .string(provider), "method": .string(method),
      ], key: key)
  }

  @Test func anEmptyWalletIsThereToo() throws {
    // The first request of a worker connects.
    _ = bank.send("GET", "/wallet")
    let answer = bank.send("GET", "/wallet")
    #expect(answer.data?["balance"]?["amount"].integer == 0)
    #expect(answer.databaseRoundTrips == 1)
    let dong = bank.send("GET", "/wallet?currency=VND")
    #expect(dong.data?["balance"]?["currency"].string == "VND")
    #expect(dong.data.id != answer.data.id)
    #expect(bank.send("GET", "/wallet/transactions").data?.array?.isEmpty == true)
    #expect(bank.send("GET", "/wallet?currency=dong").violations == ["currency invalid_currency"])
  }

  @Test func itIsFilledAndSpent() throws {
    let empty = bank.send("GET", "/wallet").data.id
    let filled = topUp(5000, key: "k")
    #expect(filled.status == 201 && filled.data?["status"]?.string == "captured", "\(filled)")
    #expect(filled.data?["order_id"]?.isNull == true)
    #expect(topUp(5000, key: "k").text == filled.text)
    #expect(try bank.request(try bank.order(), "wallet", nil, 1200) == .captured)
    let wallet = bank.send("GET", "/wallet")
    #expect(wallet.data?["balance"]?["amount"].integer == 3800)
    #expect(wallet.data.id == empty)
    let lines = bank.send("GET", "/wallet/transactions")
    #expect(lines.each("kind") == ["payment", "top_up"])
    #expect(lines.data?[0]["amount"]["amount"].integer == -1200)
    #expect(lines.data?[0]["balance_after"]["amount"].integer == 3800)
    #expect(lines.databaseRoundTrips == 1)
    let first = bank.send("GET", "/wallet/transactions?limit=1")
    let cursor = try #require(first.json["meta"]?["next_cursor"].string)
    #expect(
      bank.send("GET", "/wallet/transactions?limit=1&cursor=\(cursor)").each("kind")
        == ["top_up"])
    // Nobody else sees any of it.
    let other = try bank.bazaar.visitor()
    #expect(bank.send("GET", "/wallet/transactions", as: other).data?.array?.isEmpty == true)
    #expect(bank.send("GET", "/wallet", as: other).data?["balance"]?["amount"].integer == 0)
  }

  @Test func whatIsDeclinedFillsNothing() throws {
    #expect(topUp(5000, method: "decline").data?["status"]?.string == "failed")
    #expect(topUp(5000, method: "slow").data?["status"]?.string == "pending")
    #expect(bank.send("GET", "/wallet").data?["balance"]?["amount"].integer == 0)
  }

  @Test func badTopUps() throws {
    let cases = [
      (topUp(0), "amount.amount out_of_range"), (topUp(-5), "amount.amount out_of_range"),
      (topUp(10_000_000_000_001), "amount.amount out_of_range"),
      (topUp(5, provider: "gold"), "provider unknown_provider"),
      (topUp(5, provider: "midtrans"), "provider provider_not_configured"),
      (topUp(5, provider: "momo"), "provider currency_not_taken"),
    ]
    for (answer, fault) in cases { #expect(answer.violations == [fault], "\(answer)") }
    let wallet = bank.send(
      "POST", "/wallet/topups",
      ["amount": ["amount": 5, "currency": "USD"], "provider": "wallet"], key: "w")
    #expect(wallet.violations == ["provider not_for_top_ups"])
    let keyless = bank.send(
      "POST", "/wallet/topups",
      ["amount": ["amount": 5, "currency": "USD"], "provider": "sandbox"])
    #expect(keyless.isProblem(428, "idempotency_key_required"))
  }

  @Test func methodsAreSavedChangedAndForgotten() throws {
    let save = { (token: String, isDefault: Bool) in
      bank.send(
        "POST", "/payment-methods",
        [
          "provider": "stripe", "token": .string(token), "brand": "visa", "last4": "4242",
          "exp_month": 12, "exp_year": 2030, "is_default": .bool(isDefault),
        ])
    }
    let first = save("pm_1", false)
    #expect(first.status == 201 && first.data?["is_default"]?.bool == true, "\(first)")
    #expect(first.data?["token"] == nil)
    let second = save("pm_2", true)
    #expect(save("pm_2", false).isProblem(409, "method_exists"))
    #expect(save("4242 4242 4242 4242", false).violations == ["token card_number"])
    let list = bank.send("GET", "/payment-methods")
    let chosen = list.data?.array?.filter { $0["is_default"]?.bool == true }
    #expect(list.each("id").count == 2 && chosen?.map(\.id) == [second.data.id])
    #expect(list.databaseRoundTrips == 1)
    let one = "/payment-methods/\(first.data.id)"
    #expect(bank.send("PUT", "\(one)/default").data?["is_default"]?.bool == true)
    #expect(bank.send("PUT", one, ["label": "Mine"]).data?["label"]?.string == "Mine")
    #expect(bank.send("PUT", one, ["label": nil]).data?["label"]?.isNull == true)
    let other = try bank.bazaar.visitor()
    for method in ["PUT", "DELETE"] {
      #expect(bank.send(method, one, [:], as: other).isProblem(404, "not_found"))
    }
    #expect(bank.send("DELETE", one).status == 204)
    #expect(bank.send("GET", "/payment-methods").each("id") == [second.data.id])
    #expect(bank.send("GET", "/payment-methods").data?[0]["is_default"].bool == true)
  }

  /// One default at most, however many want to be it.
  @Test func oneDefaultAtMost() throws {
    let (stack, ana) = (bank.bazaar.stack, bank.ana)
    _ = try Together.run(threads: 8, rounds: 3, prepare: { ($0, try Bazaar.payments(on: stack)) }) {
      worker, round in
      worker.1.send(
        "POST", "/api/v1/payment-methods", token: ana.token,
        json: [
          "provider": "sandbox", "token": .string("t\(worker.0) \(round)"), "is_default": true,
        ]
      ).status
    }
    #expect(try bank.count("SELECT count(*) FROM payments.methods AS m WHERE m.is_default") == 1)
    #expect(try bank.count("SELECT count(*) FROM payments.methods") == 20)
  }
}
