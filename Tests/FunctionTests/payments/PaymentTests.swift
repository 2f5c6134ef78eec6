import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct PaymentTests {
  private let bank: Bank

  init() throws { bank = try Bank() }

  private func initiate(
    _ order: OrderID, _ provider: String = "sandbox", _ method: String? = nil,
    as visitor: Visitor? = nil
  ) -> TestAnswer {
    bank.send(
      "POST", "/payments/initiate",
      [
        "order_id": .string(order.description), "provider": .string(provider),
        "method": method.map { .string($0) } ?? .null,
      ], as: visitor)
  }

  private func requested() throws -> Int {
    try bank.count(
      "SELECT count(*) FROM outbox.events AS e WHERE e.type = 'payment.requested.v1'")
  }

  @Test func aLivePaymentIsReturnedAgain() throws {
    let order = try bank.order()
    try bank.request(order, "sandbox", "never")
    let first = initiate(order)
    #expect(first.status == 200, "\(first)")
    #expect(first.data?["status"]?.string == "pending")
    #expect(
      first.data?["waiting"]?.string
        == "waiting for the sandbox, next question now, 0 of 12")
    #expect(initiate(order, "wallet").data.id == first.data.id)
    #expect(try requested() == 0)
  }

  @Test func afterAFailureAnotherAttemptIsAskedFor() throws {
    let order = try bank.order("payment_failed")
    try bank.request(order, "sandbox", "decline")
    let answer = initiate(order, "sandbox", "approve")
    #expect(answer.status == 202, "\(answer)")
    #expect(answer.data?["id"]?.isNull == true)
    #expect(try requested() == 1)
    // What the checkout does when it hears of it.
    #expect(try bank.request(order, "sandbox", "approve") == .captured)
    #expect(initiate(order).isProblem(409, "order_paid"))
  }

  @Test func whatCannotBePaidIsRefused() throws {
    for (status, code) in [
      ("paid", "order_paid"), ("delivered", "order_paid"), ("cancelled", "order_closed"),
      ("expired", "order_closed"), ("refunded", "order_closed"),
    ] {
      #expect(initiate(try bank.order(status)).isProblem(409, code), "\(status)")
    }
    let order = try bank.order()
    let other = try bank.bazaar.visitor()
    #expect(initiate(order, as: other).isProblem(404, "not_found"))
    #expect(initiate(IDSource().id()).isProblem(404, "not_found"))
    for (provider, method, fault) in [
      ("gold", nil, "provider unknown_provider"),
      ("midtrans", nil, "provider provider_not_configured"),
      ("momo", nil, "provider currency_not_taken"), ("sandbox", "maybe", "method unknown_method"),
      ("wallet", "fast", "method unknown_method"),
    ] {
      let answer = initiate(order, provider, method)
      #expect(answer.status == 422 && answer.violations == [fault], "\(answer)")
    }
    #expect(try requested() == 0)
  }

  @Test func aSavedMethodIsTheirsAndOfTheProvider() throws {
    let order = try bank.order("payment_failed")
    func save(_ provider: String, as visitor: Visitor? = nil) -> String {
      bank.send(
        "POST", "/payment-methods", ["provider": .string(provider), "token": "tok_1"], as: visitor
      ).data.id
    }
    func initiate(with method: String) -> TestAnswer {
      bank.send(
        "POST", "/payments/initiate",
        [
          "order_id": .string(order.description), "provider": "stripe",
          "payment_method_id": .string(method),
        ])
    }
    let theirs = save("stripe", as: try bank.bazaar.visitor())
    let unknown: PaymentMethodID = IDSource().id()
    for (method, fault) in [
      (theirs, "payment_method_id no_such_method"),
      (unknown.description, "payment_method_id no_such_method"),
      (save("sandbox"), "payment_method_id other_provider"),
    ] {
      let answer = initiate(with: method)
      #expect(answer.status == 422 && answer.violations == [fault], "\(answer)")
    }
    #expect(try requested() == 0)
    #expect(initiate(with: save("stripe")).status == 202)
  }

  /// The amount is the order's, whatever is sent along.
  @Test func anAmountInTheRequestIsNotRead() throws {
    let order = try bank.order("payment_failed")
    try bank.request(order, "sandbox", "decline")
    let answer = bank.send(
      "POST", "/payments/initiate",
      [
        "order_id": .string(order.description), "provider": "sandbox",
        "amount": ["amount": 1, "currency": "USD"],
      ])
    #expect(answer.data?["amount"]?["amount"].integer == 1000)
  }

  @Test func customersReadTheirOwn() throws {
    let order = try bank.order()
    try bank.request(order, "sandbox", "approve")
    let payment = try #require(bank.payment(order))
    let (other, admin) = (try bank.bazaar.visitor(), try bank.bazaar.visitor([.admin]))
    let number = try #require(payment["number"]?.integer)
    for path in ["/payments/\(payment.id)", "/payments/\(number)", "/payments/order/\(order)"] {
      let answer = bank.send("GET", path)
      #expect(answer.status == 200 && answer.data?["status"]?.string == "captured", "\(answer)")
      #expect(answer.header("ETag") != nil)
      #expect(answer.databaseRoundTrips == 1)
      #expect(bank.send("GET", path, as: other).isProblem(404, "not_found"))
      #expect(bank.send("GET", path, as: admin).status == 200)
    }
    #expect(bank.send("GET", "/payments").each("id") == [payment.id])
    #expect(bank.send("GET", "/payments", as: other).data?.array?.isEmpty == true)
    #expect(bank.send("GET", "/payments?status=failed").data?.array?.isEmpty == true)
    #expect(bank.send("GET", "/payments/ord_x").isProblem(404, "not_found"))
    #expect(bank.send("POST", "/payments/\(payment.id)/confirm", as: other).status == 404)
  }

  @Test func historyComesInPages() throws {
    for _ in 1...5 { try bank.request(try bank.order(), "sandbox", "approve") }
    var seen: [String] = []
    var path: String? = "/payments?limit=2"
    while let next = path {
      let answer = bank.send("GET", next)
      seen += answer.each("id")
      path = answer.json["meta"]?["next_cursor"].string.map { "/payments?limit=2&cursor=\($0)" }
    }
    #expect(seen.count == 5 && Set(seen).count == 5)
    #expect(seen == seen.sorted(by: >))
    #expect(bank.send("GET", "/payments?page=1&limit=2").total == 5)
  }
}
