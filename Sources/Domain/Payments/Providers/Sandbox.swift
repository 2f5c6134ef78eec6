package import Core
internal import HTTPClient
internal import JSON
internal import Postgres

/// A provider of our own for development and tests. It keeps its books in tables of its own and
/// calls back over HTTP like the others, so that nothing of what is tested with it is special.
package struct Sandbox: Provider {
  /// The first signs, all verify.
  let secrets: [String]
  let callbackURL: String

  package var name: ProviderName { .sandbox }

  package func takes(_ currency: Currency) -> Bool { true }

  package func has(_ method: String?) -> Bool {
    method.map { SandboxMethod(rawValue: $0) != nil } ?? true
  }

  package func create(
    _ payment: Payment, token: String?, with tools: ProviderTools
  ) throws -> ProviderAnswer {
    let method = payment.method.flatMap(SandboxMethod.init) ?? .approve
    let settles = Self.settles(payment, method, at: tools.now)
    try tools.database.transaction { transaction in
      SandboxStore.open(payment, method, settles: settles, at: tools.now, in: transaction)
      guard let settles else { return }
      for place in 1...(method == .twice ? 2 : 1) {
        SandboxStore.owe(
          payment.id, place, Self.body(payment), due: settles, in: transaction)
      }
    }
    // The call is on its way before the answer is.
    if method == .early { _ = try callBack(about: payment.id, with: tools) }
    return ProviderAnswer(.pending, reference: "sandbox \(payment.id)")
  }

  private static func settles(
    _ payment: Payment, _ method: SandboxMethod, at now: Timestamp
  ) -> Timestamp? {
    switch method {
    case .approve, .twice, .early: now
    case .slow: now + .seconds(2)
    case .late: max(now, payment.expiresAt) + .seconds(1)
    case .decline, .never: nil
    }
  }

  package func query(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    guard let charge = try tools.database.read(SandboxStore.charge(payment.id)).first else {
      return ProviderAnswer(.unknown)
    }
    guard !charge.isCancelled else { return Self.closed }
    guard let settles = charge.settles, settles <= tools.now else {
      return ProviderAnswer(.pending)
    }
    return ProviderAnswer(.captured(payment.amount), reference: "sandbox \(payment.id)")
  }

  private static let closed = ProviderAnswer(.failed(reason: "sandbox_cancelled"))

  /// What it has already, or what is late, is on its way and does not turn round.
  package func cancel(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer? {
    let cancelled = try tools.database.execute(
      SandboxStore.cancel(payment.id, unless: .late, at: tools.now))
    return cancelled > 0 ? Self.closed : nil
  }

  package func refund(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> RefundAnswer { .succeeded(reference: nil) }

  // MARK: Calls

  package func verify(_ call: ProviderCall, at now: Timestamp) throws(CallFault) {
    try Signatures.verifyTimed(call, secrets, at: now)
  }

  package func parse(_ body: [UInt8]) throws(CallFault) -> Notice {
    let call: JSONValue
    do throws(JSONError) { call = try JSONValue.parse(body) } catch { throw .unreadable }
    guard let amount = call["amount"]["amount"].integer, call["status"]?.string == "captured",
      let currency = call["amount"]["currency"].string.flatMap(Currency.init)
    else { throw .unreadable }
    return Notice(
      (call["payment_id"]?.string).flatMap { PaymentID($0) },
      .captured(Money(Int(amount), currency)), reference: call["reference"]?.string)
  }

  private static func body(_ payment: Payment) -> String {
    let call: JSONValue = [
      "payment_id": .string(payment.id.description), "status": "captured",
      "reference": .string("sandbox \(payment.id)"),
      "amount": [
        "amount": .integer(Int64(payment.amount.amount)),
        "currency": .string(payment.amount.currency.rawValue),
      ],
    ]
    return call.description
  }

  /// Makes the call that is due the longest, or the next one about a payment. False when none is.
  /// One that nobody took is made again later.
  package func callBack(about payment: PaymentID? = nil, with tools: ProviderTools) throws -> Bool {
    let claimed = try tools.database.read(
      SandboxStore.claim(about: payment, at: tools.now, lease: .seconds(30))
    ).first
    guard let claimed else { return false }
    let body = Array(claimed.body.utf8)
    var fault: String?
    do throws(HTTPClientError) {
      let response = try tools.tracing(claimed.trace).send(
        "POST", callbackURL,
        headers: [
          ("Content-Type", "application/json"),
          ("Souk-Signature", Signatures.timed(body, secrets[0], at: tools.now)),
        ], body: body)
      if response.status >= 300 { fault = "answered \(response.status)" }
    } catch {
      fault = error.description
    }
    let pause = Duration.seconds(1 << Int64(min(claimed.tries, 6)))
    let again = claimed.tries < Self.triesMax ? tools.now + pause : nil
    try tools.database.execute(
      SandboxStore.settle(claimed, due: fault == nil ? nil : again, fault: fault))
    return true
  }

  private static let triesMax = 30
}
