import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Payments
import Testing
import payments

private let operations = payments.routes.map(\.spec.operation)

/// What payments cost on warm connections, as in `RoundTripTests`.
@Suite struct PaymentRoundTripTests {
  /// Postgres.
  private static let expected = [
    "initiate_payment": 2, "list_payments": 1, "get_payment": 1, "get_order_payment": 1,
    "confirm_payment": 1, "refund_payment": 6, "create_refund": 6, "list_refunds": 1,
    "list_payment_methods": 1, "save_payment_method": 4, "update_payment_method": 3,
    "delete_payment_method": 2, "set_default_payment_method": 3, "get_wallet": 1,
    "list_wallet_transactions": 1, "top_up_wallet": 4,
  ]

  @Test func everyRouteCostsWhatItShould() throws {
    let bank = try Bank()
    let seller = try bank.bazaar.visitor([.seller])
    let (waiting, paid) = (try bank.order(), try bank.order())
    try bank.request(waiting, "sandbox", "never")
    try bank.request(paid, "sandbox", "approve")
    let parcel = try bank.parcel(of: paid, from: try bank.bazaar.shop(of: seller), 1000)
    // The first requests of a worker connect and fill the marks.
    for visitor in [bank.ana, seller] { _ = bank.send("GET", "/payments", as: visitor) }
    var costs: [String: Int] = [:]
    func take(
      _ operation: String, _ method: String, _ path: String, _ json: JSONValue? = nil,
      as visitor: Visitor? = nil, key: String? = nil
    ) -> TestAnswer {
      let answer = bank.send(method, path, json, as: visitor, key: key)
      #expect((200..<300).contains(answer.status), "\(operation): \(answer)")
      #expect(answer.redisRoundTrips == 1, "\(operation)")
      costs[operation] = answer.databaseRoundTrips
      return answer
    }
    let id = take("get_order_payment", "GET", "/payments/order/\(paid)").data.id
    let open = try #require(bank.payment(waiting)).id
    _ = take("get_payment", "GET", "/payments/\(id)")
    _ = take("list_payments", "GET", "/payments?page=1&status=captured")
    _ = take(
      "initiate_payment", "POST", "/payments/initiate",
      ["order_id": .string(waiting.description), "provider": "sandbox"])
    _ = take("confirm_payment", "POST", "/payments/\(open)/confirm")
    let part: JSONValue = [
      "payment_id": .string(id), "parcel_id": .string(parcel), "reason": "It broke.",
      "amount": ["amount": 1, "currency": "USD"],
    ]
    _ = take("refund_payment", "POST", "/payments/refund", part, as: seller, key: "1")
    _ = take("create_refund", "POST", "/payments/\(id)/refunds", part, as: seller, key: "2")
    _ = take("list_refunds", "GET", "/payments/\(id)/refunds", as: seller)
    let method = take(
      "save_payment_method", "POST", "/payment-methods", ["provider": "sandbox", "token": "t"]
    ).data.id
    let other = bank.send(
      "POST", "/payment-methods", ["provider": "sandbox", "token": "u"]
    ).data.id
    _ = take("list_payment_methods", "GET", "/payment-methods")
    _ = take("update_payment_method", "PUT", "/payment-methods/\(method)", ["label": "Mine"])
    _ = take("set_default_payment_method", "PUT", "/payment-methods/\(other)/default")
    _ = take("delete_payment_method", "DELETE", "/payment-methods/\(other)")
    _ = take(
      "top_up_wallet", "POST", "/wallet/topups",
      ["amount": ["amount": 5, "currency": "USD"], "provider": "sandbox"], key: "3")
    _ = take("get_wallet", "GET", "/wallet")
    _ = take("list_wallet_transactions", "GET", "/wallet/transactions?page=1")
    #expect(Set(costs.keys) == Set(operations))
    for (operation, cost) in costs.sorted(by: { $0.key < $1.key }) {
      #expect(cost == Self.expected[operation], "\(operation)")
    }
  }
}
