import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// Providers take addresses to come back to of different lengths: what one would refuse is refused
/// when it is said, and not when the checkout asks the provider.
@Suite struct ReturnAddressLimitTests {
  private let bank: Bank

  init() throws { bank = try Bank() }

  private func address(_ length: Int) -> JSONValue {
    let start = "https://shop.example/"
    return .string(start + String(repeating: "x", count: length - start.utf8.count))
  }

  private func initiate(_ order: OrderID, _ provider: String, _ length: Int) -> TestAnswer {
    bank.send(
      "POST", "/payments/initiate",
      [
        "order_id": .string(order.description), "provider": .string(provider),
        "return_url": address(length),
      ])
  }

  private func isRefused(_ answer: TestAnswer, _ field: String = "return_url") -> Bool {
    answer.status == 422 && answer.violations == ["\(field) too_long"]
  }

  private func orderInDong() throws -> OrderID {
    let order = try bank.order()
    try bank.bazaar.stack.look().execute(
      "UPDATE orders.orders SET currency = 'VND' WHERE id = \(order)")
    return order
  }

  @Test func momoTakesTwoHundredCharacters() throws {
    let order = try orderInDong()
    #expect(isRefused(initiate(order, "momo", 201)))
    #expect(isRefused(initiate(order, "momo", 2048)))
    #expect(initiate(order, "momo", 200).status == 202)
    #expect(initiate(order, "sandbox", 2048).status == 202)
  }

  /// The payment that waits is of whom it is of, whoever is named.
  @Test func theOneWhoIsAskedDecides() throws {
    let waiting = try orderInDong()
    try bank.bazaar.stack.look().execute(
      "UPDATE orders.orders SET payment_provider = 'momo' WHERE id = \(waiting)")
    #expect(isRefused(initiate(waiting, "sandbox", 201)))
    let begun = try orderInDong()
    try bank.request(begun, "momo")
    #expect(isRefused(initiate(begun, "sandbox", 201)))
    #expect(initiate(begun, "sandbox", 200).status == 200)
  }

  @Test func soItIsWithTopUpsAndOrders() throws {
    for (length, status) in [(201, 422), (200, 201)] {
      let answer = bank.send(
        "POST", "/wallet/topups",
        [
          "provider": "momo", "amount": ["amount": 50_000, "currency": "VND"],
          "return_url": address(length),
        ], key: "\(length)")
      #expect(answer.status == status, "\(answer)")
    }
    let scene = try OrderScene(on: bank.bazaar.stack)
    let look = bank.bazaar.stack.look()
    try look.execute("UPDATE shops.shops SET currency = 'VND'")
    try look.execute("UPDATE catalog.products SET currency = 'VND'")
    func place(_ length: Int) -> TestAnswer {
      scene.place(nil, ["payment": ["provider": "momo", "return_url": address(length)]])
    }
    #expect(isRefused(place(201), "payment.return_url"))
    #expect(place(200).status == 201)
  }

  /// Ours is used where nobody says another.
  @Test func oursMustNotBeLongerEither() throws {
    let long = "https://shop.example/" + String(repeating: "x", count: 200)
    #expect(throws: SettingsError.self) {
      try Providers(
        Environment(Bank.environment.merging(["SOUK_PAYMENT_RETURN_URL": long]) { $1 }))
    }
    let others = Bank.environment.filter { !$0.key.hasPrefix("SOUK_MOMO") }
    _ = try Providers(Environment(others.merging(["SOUK_PAYMENT_RETURN_URL": long]) { $1 }))
  }
}
