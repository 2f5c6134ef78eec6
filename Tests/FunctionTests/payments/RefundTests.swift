import Core
import HTTP
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct RefundTests {
  private let bank: Bank
  private let seller: Visitor
  private let rival: Visitor
  private let admin: Visitor
  private let order: OrderID
  private let payment: String
  private let parcels: [String]

  /// An order of 1000: 600 for the seller's parcel, 400 for the rival's.
  init() throws {
    bank = try Bank()
    seller = try bank.bazaar.visitor([.seller])
    rival = try bank.bazaar.visitor([.seller])
    admin = try bank.bazaar.visitor([.admin])
    order = try bank.order()
    try bank.request(order, "sandbox", "approve")
    payment = try #require(bank.payment(order)).id
    parcels = [
      try bank.parcel(of: order, from: try bank.bazaar.shop(of: seller), 600),
      try bank.parcel(of: order, from: try bank.bazaar.shop(of: rival), 400),
    ]
  }

  private func refund(
    _ amount: Int?, parcel: String? = nil, as visitor: Visitor, currency: String = "USD",
    key: String = IDSource().uuid().description
  ) -> TestAnswer {
    var body: JSONObject = ["reason": "It broke."]
    if let amount {
      body["amount"] = ["amount": .integer(Int64(amount)), "currency": .string(currency)]
    }
    if let parcel { body["parcel_id"] = .string(parcel) }
    return bank.send("POST", "/payments/\(payment)/refunds", .object(body), as: visitor, key: key)
  }

  @Test func aSellerGivesBackTheirOwnParcel() throws {
    let first = refund(100, as: seller)
    #expect(first.status == 201, "\(first)")
    #expect(first.data?["parcel_id"]?.string == parcels[0])
    #expect(first.data?["status"]?.string == "succeeded")
    #expect(refund(501, as: seller).isProblem(409, "refund_too_large"))
    #expect(refund(501, as: seller).json["details"]?["refundable"].integer == 500)
    // Without an amount whatever is left.
    #expect(refund(nil, as: seller).data?["amount"]?["amount"].integer == 500)
    #expect(refund(nil, as: seller).isProblem(409, "refund_too_large"))
    #expect(bank.payment(order)?["status"]?.string == "partially_refunded")
    #expect(try bank.count("SELECT count(*) FROM payments.audit") == 2)
    let listed = bank.send("GET", "/payments/\(payment)/refunds", as: seller)
    #expect(listed.data?.array?.count == 2 && listed.databaseRoundTrips == 1, "\(listed)")
    #expect(
      bank.send("GET", "/payments/\(payment)/refunds", as: rival).data?.array?.isEmpty == true)
    #expect(
      bank.send("GET", "/payments/\(payment)/refunds", as: admin).data?.array?.count == 2)
  }

  @Test func nobodyGivesBackWhatIsOthers() throws {
    #expect(refund(1, parcel: parcels[1], as: seller).isProblem(404, "not_found"))
    let stranger = try bank.bazaar.visitor([.seller])
    #expect(refund(1, as: stranger).isProblem(404, "not_found"))
    #expect(refund(1, parcel: parcels[0], as: stranger).isProblem(404, "not_found"))
    #expect(refund(1, as: bank.ana).isProblem(403, "role_required"))
    #expect(
      bank.send("GET", "/payments/\(payment)/refunds", as: stranger).isProblem(404, "not_found"))
    #expect(try bank.count("SELECT count(*) FROM payments.refunds") == 0)
  }

  @Test func anAdministratorGivesBackAnything() throws {
    #expect(refund(700, as: admin).status == 201)
    #expect(refund(300, currencyOf: "VND").violations == ["amount.currency wrong_currency"])
    #expect(refund(301, as: admin).isProblem(409, "refund_too_large"))
    #expect(refund(nil, as: admin).data?["amount"]?["amount"].integer == 300)
    #expect(bank.payment(order)?["status"]?.string == "refunded")
    // Nothing is left for the seller's own parcel either.
    #expect(refund(1, as: seller).isProblem(409, "refund_too_large"))
  }

  private func refund(_ amount: Int, currencyOf currency: String) -> TestAnswer {
    refund(amount, as: admin, currency: currency)
  }

  @Test func aKeyIsNeededAndMovesOnce() throws {
    let path = "/payments/\(payment)/refunds"
    let body: JSONValue = ["reason": "It broke.", "amount": ["amount": 100, "currency": "USD"]]
    #expect(bank.send("POST", path, body, as: seller).status == 428)
    let first = bank.send("POST", path, body, as: seller, key: "k")
    let again = bank.send("POST", path, body, as: seller, key: "k")
    #expect(first.status == 201 && again.text == first.text)
    #expect(again.header("Idempotent-Replayed") == "true")
    // Another's key of the same name is another key.
    #expect(bank.send("POST", path, body, as: rival, key: "k").status == 201)
    // Also once the answer is forgotten.
    try bank.bazaar.stack.look().execute("DELETE FROM souk.idempotency_keys")
    #expect(bank.send("POST", path, body, as: seller, key: "k").data.id == first.data.id)
    #expect(bank.payment(order)?["refunded"]?["amount"].integer == 200)
  }

  @Test func theBodyMayNameTheOrder() throws {
    let body: JSONValue = ["order_id": .string(order.description), "reason": "It broke."]
    let answer = bank.send("POST", "/payments/refund", body, as: seller, key: "k")
    #expect(answer.data?["amount"]?["amount"].integer == 600, "\(answer)")
    #expect(
      bank.send("POST", "/payments/refund", ["reason": "x"], as: seller, key: "l").violations
        == ["payment_id required"])
  }

  @Test func beforeTheMoneyCameNoneGoesBack() throws {
    let order = try bank.order()
    try bank.request(order, "sandbox", "never")
    let body: JSONValue = ["order_id": .string(order.description), "reason": "It broke."]
    #expect(
      bank.send("POST", "/payments/refund", body, as: admin, key: "k")
        .isProblem(409, "not_captured"))
  }

  /// Many at once, by both: what was captured is never passed.
  @Test func atOnceNoMoreThanWasCapturedGoesBack() throws {
    let (bank, payment, admin) = (bank, payment, admin)
    let stack = bank.bazaar.stack
    let answers = try Together.run(
      threads: 12, prepare: { _ in try Bazaar.payments(on: stack) }
    ) { function, _ in
      function.send(
        "POST", "/api/v1/payments/\(payment)/refunds", token: admin.token,
        json: ["reason": "x", "amount": ["amount": 300, "currency": "USD"]],
        headers: [(.idempotencyKey, IDSource().uuid().description)]
      ).status
    }.flatMap(\.self)
    #expect(answers.filter { $0 == 201 }.count == 3)
    #expect(answers.filter { $0 == 409 }.count == 9)
    #expect(bank.payment(order)?["refunded"]?["amount"].integer == 900)
  }
}
