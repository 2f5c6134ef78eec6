import Core
import Crypto
import HTTP
import HTTPClient
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// What the function webhooks takes, and from whom.
@Suite struct ProviderCallTests {
  private let bank: Bank

  init() throws { bank = try Bank() }

  private func call(
    _ provider: String, _ body: String, signature: String? = nil, type: String = "application/json"
  ) -> TestAnswer {
    var headers: [(Field, String)] = [(.contentType, type)]
    if let signature {
      headers.append((provider == "stripe" ? .stripeSignature : .soukSignature, signature))
    }
    return bank.webhooks.send(
      "POST", "/api/v1/payments/ipn/\(provider)", bytes: Array(body.utf8), headers: headers)
  }

  private func sign(_ body: String, _ secret: String, at time: Timestamp? = nil) -> String {
    let seconds = (time ?? bank.now).seconds
    let code = HMACSHA256.code(Array("\(seconds).\(body)".utf8), key: Array(secret.utf8))
    return "t=\(seconds),v1=\(Hex.encode(code))"
  }

  private func kept() throws -> Int {
    try bank.count("SELECT count(*) FROM payments.notifications")
  }

  private func incidents(_ kind: String) throws -> Int {
    try bank.count(
      """
      SELECT COALESCE(sum(s.times), 0)::bigint FROM payments.security_events AS s
      WHERE s.kind = \(kind)
      """)
  }

  @Test func aSignedCallIsKeptOnceAndAnsweredAtOnce() throws {
    let body = "{\"status\": \"captured\"}"
    let signature = sign(body, "sandbox-secret-1")
    for _ in 1...3 {
      let answer = call("sandbox", body, signature: signature)
      #expect(answer.status == 204, "\(answer)")
      #expect(answer.databaseRoundTrips <= 2)
    }
    #expect(try kept() == 1)
    #expect(try incidents("repeated") == 2)
    let stripe = call("stripe", body, signature: sign(body, "whsec_secret_1"))
    #expect(stripe.status == 200, "\(stripe)")
    // Of whatever type they say it is.
    let other = "{\"n\": 2}"
    #expect(
      call("sandbox", other, signature: sign(other, "sandbox-secret-1"), type: "text/plain").status
        == 204)
  }

  @Test func aForgedOrOldCallIsRefusedAndNoted() throws {
    let body = "{\"status\": \"captured\"}"
    let forged = [
      call("sandbox", body), call("sandbox", body, signature: sign(body, "another-secret")),
      call("sandbox", body + " ", signature: sign(body, "sandbox-secret-1")),
      call("momo", "{\"signature\": \"0\"}"), call("stripe", body, signature: "t=1,v1="),
      call("sandbox", "", signature: sign("x", "sandbox-secret-1")),
    ]
    for answer in forged { #expect(answer.isProblem(400, "invalid_signature"), "\(answer)") }
    #expect(try incidents("forged") == forged.count)
    let old = sign(body, "sandbox-secret-1", at: bank.now - .seconds(301))
    #expect(call("sandbox", body, signature: old).isProblem(400, "stale_signature"))
    #expect(call("momo", "no json").isProblem(400, "unreadable_call"))
    #expect(try incidents("stale") == 1)
    #expect(try kept() == 0)
  }

  /// Whoever calls again and again fills no disk: a row for each kind, address and minute.
  @Test func whatIsRefusedAgainAndAgainIsCounted() throws {
    func call(_ body: String, from address: String, _ signature: String? = nil) {
      let answer = bank.webhooks.send(
        "POST", "/api/v1/payments/ipn/sandbox", bytes: Array(body.utf8),
        headers: signature.map { [(.soukSignature, $0)] } ?? [], from: address)
      #expect(answer.status == (signature == nil ? 400 : 204), "\(answer)")
    }
    func rows() throws -> Int { try bank.count("SELECT count(*) FROM payments.security_events") }
    for number in 1...20 { call("{\"n\": \(number)}", from: "192.0.2.1") }
    #expect(try rows() == 1)
    #expect(try incidents("forged") == 20)
    call("{}", from: "192.0.2.2")
    #expect(try rows() == 2)
    let good = "{\"status\": \"captured\"}"
    for _ in 1...4 { call(good, from: "192.0.2.1", sign(good, "sandbox-secret-1")) }
    #expect(try rows() == 3)
    #expect(try incidents("repeated") == 3)
    bank.bazaar.stack.clock.advance(by: .minutes(1))
    call("{}", from: "192.0.2.1")
    #expect(try rows() == 4)
    #expect(try incidents("forged") == 22)
  }

  @Test func nobodyElseIsListenedTo() throws {
    for provider in ["wallet", "cod", "midtrans", "gold", "Sandbox"] {
      #expect(call(provider, "{}").isProblem(404, "not_found"), "\(provider)")
    }
    #expect(try incidents("forged") == 0)
  }

  @Test func aBodyThatIsTooLargeIsNotRead() throws {
    let body = String(repeating: "x", count: 65_537)
    #expect(call("sandbox", body).isProblem(413, "body_too_large"))
    let huge = bank.webhooks.send(
      "POST", "/api/v1/payments/ipn/sandbox", bytes: [],
      headers: [(.contentLength, "10485760")])
    #expect(huge.isProblem(413, "body_too_large"))
    #expect(try bank.count("SELECT count(*) FROM payments.security_events") == 0)
  }

  /// From the call to the paid order, by the roles that do it in production.
  @Test func aCallPays() throws {
    let order = try bank.order()
    try bank.request(order, "sandbox", "never")
    let payment = try #require(bank.payment(order))
    let body = JSONValue.object([
      "payment_id": .string(payment.id), "status": "captured",
      "amount": ["amount": 1000, "currency": "USD"],
    ]).description
    #expect(call("sandbox", body, signature: sign(body, "sandbox-secret-1")).status == 204)
    #expect(bank.payment(order)?["status"]?.string == "pending")
    let desk = ProviderDesk(try Providers(Environment(Bank.environment)))
    while try desk.readOne(with: bank.tools) {}
    #expect(bank.payment(order)?["status"]?.string == "captured")
    #expect(bank.payment(order)?["captured"]?["amount"].integer == 1000)
  }
}
