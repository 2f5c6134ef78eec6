package import Core
internal import Crypto
internal import HTTPClient
internal import JSON

/// Midtrans: whole rupiah, a page of theirs (Snap) to choose a method and pay, a status to be asked
/// for. Our ids of payments are their order ids, our ids of refunds their refund keys.
package struct Midtrans: Provider {
  let url: String
  let snapURL: String
  /// The first asks, all verify.
  let serverKeys: [String]
  let returnURL: String

  package var name: ProviderName { .midtrans }

  /// Of how it stands, of the currency and of the transaction's id the signature says nothing.
  package var signsAllItSays: Bool { false }

  package func takes(_ currency: Currency) -> Bool { currency.rawValue == "IDR" }

  package func create(
    _ payment: Payment, token: String?, with tools: ProviderTools
  ) throws -> ProviderAnswer {
    let minutes = max(1, (payment.expiresAt - tools.now).milliseconds / 60_000)
    let response = try send(
      "POST", "\(snapURL)/snap/v1/transactions",
      [
        "transaction_details": [
          "order_id": .string(payment.id.description),
          "gross_amount": .integer(Int64(payment.amount.amount)),
        ],
        "callbacks": ["finish": .string(payment.returnURL ?? returnURL)],
        "expiry": ["unit": "minutes", "duration": .integer(minutes)],
        // Of the page, as long as no method was chosen on it. Less than five is refused.
        "page_expiry": ["unit": "minutes", "duration": .integer(max(5, minutes))],
      ], with: tools)
    let answer = try Wire.json(response)
    if let page = answer["redirect_url"]?.string, (200..<300).contains(response.status) {
      return ProviderAnswer(
        .pending, redirectURL: page, clientSecret: answer["token"]?.string)
    }
    guard response.status == 400, let faults = answer["error_messages"]?.array else {
      throw ProviderSilence("Midtrans answers \(response.status)")
    }
    // It knows the order from an earlier try, as it says in one of its languages: what became of
    // it is a question. Our ids are never refused for anything else.
    let isKnown = faults.contains { $0.string?.holds("order_id") == true }
    return ProviderAnswer(isKnown ? .pending : .failed(reason: "midtrans_refused"))
  }

  package func query(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    let answer = try status(payment, with: tools)
    if Self.code(answer) == 404 {
      // It knows of nothing as long as no method was chosen on its page.
      let isOpen = payment.status == .pending && payment.redirectURL != nil
      return ProviderAnswer(isOpen ? .pending : .unknown)
    }
    return ProviderAnswer(
      try Self.finding(answer), reference: answer["transaction_id"]?.string)
  }

  /// Of a card whose money was only promised.
  package func capture(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    guard let reference = payment.reference else {
      throw ProviderSilence("the transaction's id is not known yet")
    }
    let response = try send(
      "POST", "\(url)/v2/capture",
      [
        "transaction_id": .string(reference),
        "gross_amount": .integer(Int64(payment.amount.amount)),
      ], with: tools)
    return ProviderAnswer(try Self.finding(try Wire.json(response)), reference: reference)
  }

  /// What is settled cannot be cancelled, and what nobody chose a method for is not known yet.
  package func cancel(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer? {
    let answer = try Wire.json(
      try send("POST", "\(url)/v2/\(payment.id)/cancel", nil, with: tools))
    switch Self.code(answer) {
    case 200: return ProviderAnswer(try Self.finding(answer), reference: payment.reference)
    case 404, 412: return nil
    default: throw ProviderSilence("Midtrans answers \(Self.code(answer))")
    }
  }

  /// How it stands decides how it goes back, and whether an earlier try has done it: a key that was
  /// used is refused, and so is a refund of what is not settled.
  package func refund(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> RefundAnswer {
    let now = try status(payment, with: tools)
    // Whoever does not know how the payment stands does not know what went back already.
    guard (200..<500).contains(Self.code(now)) else {
      throw ProviderSilence("Midtrans answers \(Self.code(now))")
    }
    let (id, refunds) = (refund.id.description, now["refunds"]?.array ?? [])
    if refunds.contains(where: { $0["refund_key"]?.string == id }) {
      return .succeeded(reference: id)
    }
    switch now["transaction_status"]?.string {
    // All of it has gone back, at our wish or at the bank's.
    case "cancel": return .succeeded(reference: id)
    case "capture": return try giveBackUnsettled(refund, of: payment, with: tools)
    default: return try giveBack(refund, of: payment, with: tools)
    }
  }

  /// The whole can be cancelled, at most banks. A part has to wait, a day or some more.
  private func giveBackUnsettled(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> RefundAnswer {
    let isWhole = refund.amount.amount == payment.captured
    if isWhole, try cancel(payment, with: tools)?.finding == Self.cancelled {
      return .succeeded(reference: refund.id.description)
    }
    return .waiting(for: "Midtrans to settle the payment, which has to come before a refund")
  }

  private func giveBack(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> RefundAnswer {
    let response = try send(
      "POST", "\(url)/v2/\(payment.id)/refund",
      [
        "refund_key": .string(refund.id.description),
        "amount": .integer(Int64(refund.amount.amount)), "reason": .string(refund.reason),
      ], with: tools)
    let answer = try Wire.json(response)
    switch Self.code(answer) {
    case 200: return .succeeded(reference: refund.id.description)
    case 201: return .pending(reference: nil)
    case 400, 404, 412, 414: return .failed(reason: "midtrans_\(Self.code(answer))")
    default: throw ProviderSilence("Midtrans answers \(Self.code(answer))")
    }
  }

  // MARK: Calls

  package func verify(_ call: ProviderCall, at now: Timestamp) throws(CallFault) {
    let body = try Self.object(call.body)
    guard let given = body["signature_key"]?.string, let order = body["order_id"]?.string,
      let code = body["status_code"]?.string, let amount = body["gross_amount"]?.string
    else { throw .forged }
    let isGood = Signatures.matches(given, serverKeys) { key in
      Hex.encode(SHA512.hash(Array((order + code + amount + key).utf8)))
    }
    guard isGood else { throw .forged }
  }

  package func parse(_ body: [UInt8]) throws(CallFault) -> Notice {
    let call = try Self.object(body)
    do {
      return Notice(
        (call["order_id"]?.string).flatMap { PaymentID($0) }, try Self.finding(call),
        reference: call["transaction_id"]?.string)
    } catch {
      throw .unreadable
    }
  }

  // MARK: The wire

  private func status(_ payment: Payment, with tools: ProviderTools) throws -> JSONValue {
    try Wire.json(try send("GET", "\(url)/v2/\(payment.id)/status", nil, with: tools))
  }

  private func send(
    _ method: String, _ url: String, _ body: JSONValue?, with tools: ProviderTools
  ) throws -> HTTPClientResponse {
    let response = try tools.send(
      method, url,
      headers: [
        ("Authorization", Wire.basicLogin(serverKeys[0])), ("Accept", "application/json"),
        ("Content-Type", "application/json"),
      ], body: body?.bytes)
    guard response.status < 500, ![401, 403, 429].contains(response.status) else {
      throw ProviderSilence("Midtrans answers \(response.status)")
    }
    return response
  }

  private static func code(_ answer: JSONValue) -> Int {
    answer["status_code"]?.string.flatMap { Int($0) } ?? 0
  }

  private static let cancelled = Finding.failed(reason: "midtrans_cancel")

  private static func finding(_ answer: JSONValue) throws -> Finding {
    switch answer["transaction_status"]?.string {
    case "settlement": return .captured(try money(answer))
    case "capture":
      return answer["fraud_status"]?.string == "accept" ? .captured(try money(answer)) : .pending
    case "authorize": return .authorized(try money(answer))
    case "cancel", "expire", "failure":
      return .failed(reason: "midtrans_\(answer["transaction_status"]?.string ?? "failed")")
    // A card that is denied: on their page the customer may try another one.
    case "pending", "deny", "refund", "partial_refund", "chargeback", "partial_chargeback":
      return .pending
    default: throw ProviderSilence("Midtrans tells no state that we know")
    }
  }

  private static func money(_ answer: JSONValue) throws -> Money {
    let code = answer["currency"]?.string ?? "IDR"
    guard let currency = Currency(rawValue: code), let text = answer["gross_amount"]?.string,
      let amount = Exponents.parse(text, digits: currency.decimals)
    else { throw ProviderSilence("Midtrans tells no amount that we can read") }
    return Money(amount, currency)
  }

  private static func object(_ body: [UInt8]) throws(CallFault) -> JSONValue {
    do throws(JSONError) {
      let value = try JSONValue.parse(body)
      if value.object != nil { return value }
    } catch { throw .unreadable }
    throw .unreadable
  }
}
