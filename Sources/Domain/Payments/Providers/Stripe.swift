package import Core
internal import HTTPClient
internal import JSON

/// Stripe: payment intents, sent as forms. Our ids are their idempotency keys: a message that is
/// sent twice asks once. A card that is declined leaves the intent open for another one, so only
/// an intent that is cancelled has failed.
package struct Stripe: Provider {
  let url: String
  let key: String
  /// Of the endpoint that they call.
  let secrets: [String]
  let returnURL: String

  package var name: ProviderName { .stripe }

  /// What they count with as many digits as we do, or with two where we count whole.
  private static let currencies: Set<String> = [
    "AED", "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "IDR", "ILS", "INR",
    "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SEK", "SGD", "THB", "TRY",
    "USD", "VND", "ZAR",
  ]

  package func takes(_ currency: Currency) -> Bool { Self.currencies.contains(currency.rawValue) }

  package func create(
    _ payment: Payment, token: String?, with tools: ProviderTools
  ) throws -> ProviderAnswer {
    guard let amount = Self.theirs(payment.amount) else {
      return ProviderAnswer(.failed(reason: "amount_too_large"))
    }
    var fields = [
      ("amount", String(amount)), ("currency", payment.amount.currency.rawValue.lowercased()),
      ("metadata[payment_id]", payment.id.description),
      ("automatic_payment_methods[enabled]", "true"),
    ]
    if let token {
      fields += [
        ("payment_method", token), ("confirm", "true"),
        ("return_url", payment.returnURL ?? returnURL),
      ]
    }
    let response = try post("payment_intents", fields, once: payment.id.description, with: tools)
    guard response.status < 400 else {
      return ProviderAnswer(.failed(reason: try Self.refusal(response)))
    }
    return try Self.answer(try Wire.json(response))
  }

  package func query(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    guard let intent = payment.reference else {
      // Without a name for it: creating it again is the question, unless it was given up.
      guard payment.status != .pending else { return ProviderAnswer(.unknown) }
      return try search(payment, with: tools)
    }
    let response = try send("GET", "payment_intents/\(intent)", with: tools)
    if response.status == 404 { return ProviderAnswer(.unknown) }
    guard response.status < 400 else { throw ProviderSilence("Stripe answers \(response.status)") }
    return try Self.answer(try Wire.json(response))
  }

  /// Looks for one whose first answer got lost. Found, it is as true as an answer; it takes Stripe
  /// up to a minute to find what it was just told.
  private func search(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    let fields = Wire.form([("query", "metadata['payment_id']:'\(payment.id)'")])
    let response = try send(
      "GET", "payment_intents/search?\(String(decoding: fields, as: UTF8.self))", with: tools)
    guard response.status < 400, let found = try Wire.json(response)["data"]?.array else {
      throw ProviderSilence("Stripe answers \(response.status)")
    }
    return try found.first.map(Self.answer) ?? ProviderAnswer(.unknown)
  }

  /// Not what was paid meanwhile, nor what is being charged just now.
  package func cancel(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer? {
    guard let intent = payment.reference else { return nil }
    // Stripe repeats what it answered to a key, also when that was a refusal.
    let response = try post(
      "payment_intents/\(intent)/cancel", [("cancellation_reason", "abandoned")],
      once: "cancel \(payment.id) \(payment.closing)", with: tools)
    return response.status < 400 ? try Self.answer(try Wire.json(response)) : nil
  }

  package func capture(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    guard let intent = payment.reference else {
      throw ProviderSilence("the intent's id is not known yet")
    }
    // Another attempt after a refusal, which Stripe would only repeat. As long as nobody knows what
    // became of the last one it is the same attempt.
    let attempt = payment.refusals == 0 ? "" : " \(payment.refusals)"
    let response = try post(
      "payment_intents/\(intent)/capture", [], once: "capture \(payment.id)\(attempt)",
      with: tools)
    guard response.status < 400 else {
      return ProviderAnswer(
        .authorized(payment.amount), reference: intent, refusal: try Self.refusal(response))
    }
    return try Self.answer(try Wire.json(response))
  }

  package func refund(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> RefundAnswer {
    guard let intent = payment.reference, let amount = Self.theirs(refund.amount) else {
      throw ProviderSilence("the intent's id is not known yet")
    }
    if refund.asked > 1, refund.providerReference == nil,
      let earlier = try find(refund, of: intent, with: tools)
    {
      return try Self.refundAnswer(earlier)
    }
    let response =
      if let known = refund.providerReference {
        try send("GET", "refunds/\(known)", with: tools)
      } else {
        try post(
          "refunds",
          [
            ("payment_intent", intent), ("amount", String(amount)),
            ("metadata[refund_id]", refund.id.description),
          ], once: refund.id.description, with: tools)
      }
    guard response.status < 400 else { return .failed(reason: try Self.refusal(response)) }
    return try Self.refundAnswer(try Wire.json(response))
  }

  /// One whose first answer got lost: Stripe forgets keys after a day, and would give it again.
  private func find(
    _ refund: Refund, of intent: String, with tools: ProviderTools
  ) throws -> JSONValue? {
    let response = try send("GET", "refunds?payment_intent=\(intent)&limit=100", with: tools)
    guard response.status < 400, let known = try Wire.json(response)["data"]?.array else {
      throw ProviderSilence("Stripe answers \(response.status)")
    }
    return known.first { $0["metadata"]["refund_id"].string == refund.id.description }
  }

  private static func refundAnswer(_ answer: JSONValue) throws -> RefundAnswer {
    let reference = answer["id"]?.string
    switch answer["status"]?.string {
    case "succeeded": return .succeeded(reference: reference)
    case "pending", "requires_action": return .pending(reference: reference)
    case "failed", "canceled": return .failed(reason: "stripe_refund_failed")
    default: throw ProviderSilence("Stripe tells no state that we know")
    }
  }

  // MARK: Calls

  package func verify(_ call: ProviderCall, at now: Timestamp) throws(CallFault) {
    try Signatures.verifyTimed(call, secrets, at: now)
  }

  package func parse(_ body: [UInt8]) throws(CallFault) -> Notice {
    do {
      let call = try JSONValue.parse(body)
      guard call["type"]?.string != nil, let object = call["data"]?["object"] else {
        throw CallFault.unreadable
      }
      if object["object"]?.string == "refund" { return Notice(Self.refundNotice(object)) }
      guard object["object"]?.string == "payment_intent" else { return Notice(nil, .pending) }
      let answer = try Self.answer(object)
      let payment = object["metadata"]["payment_id"].string.flatMap { PaymentID($0) }
      return Notice(payment, answer.finding, reference: answer.reference)
    } catch {
      throw .unreadable
    }
  }

  /// Nil where we have not asked for it.
  private static func refundNotice(_ refund: JSONValue) -> RefundNotice? {
    guard let id = refund["metadata"]?["refund_id"].string.flatMap({ RefundID($0) }) else {
      return nil
    }
    let hasFailed = ["failed", "canceled"].contains(refund["status"]?.string)
    let failure = refund["failure_reason"]?.string ?? "stripe_refund_failed"
    return RefundNotice(id: id, failure: hasFailed ? failure : nil)
  }

  // MARK: The wire

  private func post(
    _ path: String, _ fields: [(String, String)], once key: String, with tools: ProviderTools
  ) throws -> HTTPClientResponse {
    try send(
      "POST", path, headers: [("Idempotency-Key", key)], body: Wire.form(fields), with: tools)
  }

  private func send(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
    with tools: ProviderTools
  ) throws -> HTTPClientResponse {
    var headers = headers + [("Authorization", "Bearer \(key)")]
    if body != nil { headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
    let response = try tools.send(method, "\(url)/v1/\(path)", headers: headers, body: body)
    // Theirs, or our key's, or another call with the same key is still running.
    guard response.status < 500, ![401, 403, 409, 429].contains(response.status) else {
      throw ProviderSilence("Stripe answers \(response.status)")
    }
    return response
  }

  /// A key that was spent on other words has told nothing of what became of those.
  private static func refusal(_ response: HTTPClientResponse) throws -> String {
    let fault = try Wire.json(response)["error"]
    guard fault["type"].string != "idempotency_error" else {
      throw ProviderSilence("Stripe knows the key from another request")
    }
    guard let code = fault["decline_code"].string ?? fault["code"].string ?? fault["type"].string
    else { throw ProviderSilence("Stripe answers \(response.status)") }
    return "stripe_\(code)"
  }

  private static func answer(_ intent: JSONValue) throws -> ProviderAnswer {
    ProviderAnswer(
      try finding(intent), reference: intent["id"]?.string,
      redirectURL: intent["next_action"]?["redirect_to_url"]["url"].string,
      clientSecret: intent["client_secret"]?.string)
  }

  private static func finding(_ intent: JSONValue) throws -> Finding {
    switch intent["status"]?.string {
    case "succeeded": return .captured(try money(intent, "amount_received"))
    case "requires_capture": return .authorized(try money(intent, "amount"))
    case "canceled": return .failed(reason: "stripe_canceled")
    case "requires_payment_method", "requires_confirmation", "requires_action", "processing":
      return .pending
    default: throw ProviderSilence("Stripe tells no state that we know")
    }
  }

  private static func money(_ intent: JSONValue, _ field: String) throws -> Money {
    guard let code = intent["currency"]?.string,
      let currency = Currency(rawValue: code.uppercased()), let amount = intent[field]?.integer,
      let ours = Exponents.convert(
        Int(amount), from: digits(of: currency), to: currency.decimals)
    else { throw ProviderSilence("Stripe tells no amount that we can read") }
    return Money(ours, currency)
  }

  private static func theirs(_ money: Money) -> Int? {
    Exponents.convert(
      money.amount, from: money.currency.decimals, to: digits(of: money.currency))
  }

  private static func digits(of currency: Currency) -> Int {
    currency.rawValue == "IDR" ? 2 : currency.decimals
  }
}
