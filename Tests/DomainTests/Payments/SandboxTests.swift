import Core
import Crypto
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing

/// The sandbox's methods, with a server that does with its calls what the function webhooks does.
@Suite struct SandboxTests {
  private let counter: Counter
  private let front: LocalServer
  private let desk: ProviderDesk
  private let providers: Providers

  init() throws {
    let counter = try Counter()
    let sandbox = try #require(try Counter.providers()[.sandbox])
    front = try LocalServer { request in
      let call = ProviderCall(
        body: request.body, signature: request.headers["souk-signature"])
      try sandbox.verify(call, at: counter.now)
      try counter.database.database(role: "souk_webhooks").transaction {
        try counter.cashier.receive(call, from: .sandbox, at: "127.0.0.1", in: $0)
      }
      return .text(204, "")
    }
    self.counter = counter
    providers = try Counter.providers(["SOUK_IPN_URL": front.origin])
    desk = ProviderDesk(providers)
  }

  private func callBack() throws -> Int {
    let tools = counter.tools()
    var count = 0
    while try providers.sandbox?.callBack(with: tools) == true { count += 1 }
    return count
  }

  private func settleEverything() throws {
    _ = try callBack()
    try counter.readCalls(desk)
  }

  /// While a secret is being changed both verify, and the first signs.
  @Test func secretsAreChangedWhileCallsComeIn() throws {
    func sandbox(_ secrets: String) throws -> any Provider {
      try #require(try Counter.providers(["SOUK_SANDBOX_SECRETS": secrets])[.sandbox])
    }
    let body = Array("{}".utf8)
    func signed(_ secret: String) -> ProviderCall {
      let text = Array("\(counter.now.seconds).".utf8) + body
      let code = Hex.encode(HMACSHA256.code(text, key: Array(secret.utf8)))
      return ProviderCall(body: body, signature: "t=\(counter.now.seconds),v1=\(code)")
    }
    let both = try sandbox("the-next-secret, \(Counter.sandboxSecret)")
    try both.verify(signed("the-next-secret"), at: counter.now)
    try both.verify(signed(Counter.sandboxSecret), at: counter.now)
    #expect(throws: CallFault.forged) {
      try sandbox("the-next-secret").verify(signed(Counter.sandboxSecret), at: counter.now)
    }
    // What it calls with is signed by the next one, and the old one alone does not take it.
    let calls = try LocalServer { _ in .text(204, "") }
    let next = try Counter.providers([
      "SOUK_SANDBOX_SECRETS": "the-next-secret, \(Counter.sandboxSecret)",
      "SOUK_IPN_URL": calls.origin,
    ])
    _ = try counter.pending("sandbox", "slow", currency: Counter.dollar)
    #expect(try ProviderDesk(next).askOne(with: counter.tools()))
    counter.clock.advance(by: .seconds(3))
    #expect(try next.sandbox?.callBack(with: counter.tools()) == true)
    let made = try #require(calls.requests.first)
    let call = ProviderCall(body: made.body, signature: made.headers["souk-signature"])
    try both.verify(call, at: counter.now)
    #expect(throws: CallFault.forged) {
      try sandbox(Counter.sandboxSecret).verify(call, at: counter.now)
    }
  }

  @Test func slow() throws {
    let (order, id) = try counter.pending("sandbox", "slow", currency: Counter.dollar)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try callBack() == 0)
    counter.clock.advance(by: .seconds(3))
    try settleEverything()
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.column("due_at", of: id) == nil)
    try counter.expectBooksToBalance()
  }

  @Test func twice() throws {
    let (order, _) = try counter.pending("sandbox", "twice", currency: Counter.dollar)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try callBack() == 2)
    try counter.readCalls(desk)
    #expect(try counter.standing(order) == .captured)
    #expect(front.requests.count == 2)
    #expect(try counter.count("SELECT count(*) FROM payments.notifications") == 1)
    #expect(try counter.incidents("repeated") == 1)
    #expect(try counter.events("payment.captured.v1") == 1)
    try counter.expectBooksToBalance()
  }

  /// The call is there before the answer is written down.
  @Test func early() throws {
    let (order, _) = try counter.pending("sandbox", "early", currency: Counter.dollar)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(front.requests.count == 1)
    try counter.readCalls(desk)
    #expect(try counter.standing(order) == .captured)
    #expect(try callBack() == 0)
    try counter.expectBooksToBalance()
  }

  @Test func late() throws {
    let (order, id) = try counter.pending("sandbox", "late", currency: Counter.dollar)
    #expect(try desk.askOne(with: counter.tools()))
    counter.clock.advance(by: .minutes(29))
    #expect(try callBack() == 0)
    #expect(try counter.abandon(order))
    counter.clock.advance(by: .minutes(2))
    try settleEverything()
    #expect(try counter.status(id) == "refunded")
    #expect(try counter.incidents("unwanted_money") == 1)
    try counter.expectBooksToBalance()
  }

  @Test func never() throws {
    let (order, _) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    for _ in 0..<20 {
      _ = try desk.askOne(with: counter.tools())
      counter.clock.advance(by: .minutes(5))
    }
    #expect(try callBack() == 0)
    guard case .pending = try counter.standing(order) else {
      Issue.record("it was settled")
      return
    }
  }

  /// A call that nobody took is made again.
  @Test func aCallIsRepeatedUntilItIsTaken() throws {
    let deaf = try LocalServer { _ in .text(503, "") }
    let sandbox = try #require(
      try Counter.providers(["SOUK_IPN_URL": deaf.origin]).sandbox)
    let (order, _) = try counter.pending("sandbox", "twice", currency: Counter.dollar)
    #expect(try desk.askOne(with: counter.tools()))
    while try sandbox.callBack(with: counter.tools()) {}
    #expect(deaf.requests.count == 2)
    counter.clock.advance(by: .seconds(5))
    try settleEverything()
    #expect(try counter.standing(order) == .captured)
  }
}
