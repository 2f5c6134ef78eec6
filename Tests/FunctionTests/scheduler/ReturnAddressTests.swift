import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// Where customers come back to from the provider's page is theirs to say, at each attempt to pay.
@Suite struct ReturnAddressTests {
  private let stripe: LocalServer
  private let scene: OrderScene
  private let payments: TestFunction
  private let clerk: Clerk

  /// A card is declined as long as nobody pays.
  init() throws {
    stripe = try LocalServer { _ in
      .json(402, ["error": ["type": "card_error", "code": "card_declined"]])
    }
    let stack = try TestStack(
      rateScale: 1000,
      environment: [
        "SOUK_STRIPE_URL": stripe.origin, "SOUK_STRIPE_KEY": "sk_test",
        "SOUK_STRIPE_WEBHOOK_SECRETS": "whsec_secret_1",
      ])
    scene = try OrderScene(on: stack)
    payments = try Bazaar.payments(on: stack)
    clerk = try Clerk(
      stack, asking: Providers(Environment(stack.environment(of: "scheduler"))))
  }

  private func card() throws -> String {
    let answer = payments.send(
      "POST", "/api/v1/payment-methods", token: scene.ana.token,
      json: ["provider": "stripe", "token": "pm_card"])
    try #require(answer.status == 201, "\(answer)")
    return answer.data.id
  }

  private func order(_ card: String, _ address: String?) throws -> OrderID {
    try scene.placed(
      nil,
      [
        "payment": [
          "provider": "stripe", "payment_method_id": .string(card),
          "return_url": address.map { .string($0) } ?? .null,
        ]
      ])
  }

  private func initiate(_ order: OrderID, _ card: String, _ address: String) -> TestAnswer {
    payments.send(
      "POST", "/api/v1/payments/initiate", token: scene.ana.token,
      json: [
        "order_id": .string(order.description), "provider": "stripe",
        "payment_method_id": .string(card), "return_url": .string(address),
      ])
  }

  /// What the provider was told, question by question.
  private var told: [String] {
    stripe.requests.map { request in
      let fields = request.text.split(separator: "&")
      let field = fields.first { $0.hasPrefix("return_url=") } ?? "return_url="
      return String(field.dropFirst("return_url=".count))
        .replacing("%3A", with: ":").replacing("%2F", with: "/")
    }
  }

  @Test func eachAttemptHasItsOwn() throws {
    let card = try card()
    let order = try order(card, "https://one.example/back")
    try clerk.work()
    #expect(scene.status(order) == "payment_failed")
    let again = initiate(order, card, "https://two.example/back")
    #expect(again.status == 202, "\(again)")
    try clerk.work()
    #expect(told == ["https://one.example/back", "https://two.example/back"])
    try scene.checkInvariants()
  }

  /// As long as the provider was not asked, whoever wants to pay may say it still.
  @Test func itMayBeSaidUntilTheProviderIsAsked() throws {
    let card = try card()
    let order = try order(card, nil)
    try Clerk(scene.bazaar.stack).work()
    let waiting = initiate(order, card, "https://late.example/back")
    #expect(waiting.status == 200, "\(waiting)")
    try clerk.work()
    #expect(told == ["https://late.example/back"])
  }

  @Test func whereNobodySaysItIsOurs() throws {
    _ = try order(try card(), nil)
    try clerk.work()
    #expect(told == ["https://shop.example/"])
  }

  @Test func whatIsNoAddressIsRefused() throws {
    for address in ["javascript:alert(1)", "https://", "https://a b.example"] {
      let answer = scene.place(
        nil, ["payment": ["provider": "sandbox", "return_url": .string(address)]])
      #expect(answer.status == 422, "\(address): \(answer)")
    }
  }
}
