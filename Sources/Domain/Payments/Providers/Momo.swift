package import Core
internal import Crypto
internal import HTTPClient
internal import JSON

/// MoMo's wallet: whole dong, JSON, each message signed with HMAC-SHA-256 over its own list of
/// fields. Our ids of payments and refunds are MoMo's order ids, of which it takes each once, and
/// its request ids: a message that is sent twice asks once. There is no way to cancel: MoMo does
/// that only for money that it was told to hold first, while ours moves as soon as the customer
/// agrees, and its page closes by itself.
package struct Momo: Provider {
  let url: String
  let partner: String
  let accessKey: String
  /// The first signs, all verify.
  let secrets: [String]
  let callbackURL: String
  let returnURL: String

  package var name: ProviderName { .momo }

  static let returnURLMost = 200
  package var returnURLMost: Int { Self.returnURLMost }

  package func takes(_ currency: Currency) -> Bool { currency.rawValue == "VND" }

  package func create(
    _ payment: Payment, token: String?, with tools: ProviderTools
  ) throws -> ProviderAnswer {
    let id = payment.id.description
    let fields = [
      ("accessKey", accessKey), ("amount", String(payment.amount.amount)), ("extraData", ""),
      ("ipnUrl", callbackURL), ("orderId", id), ("orderInfo", "Souk \(id)"),
      ("partnerCode", partner), ("redirectUrl", payment.returnURL ?? returnURL),
      ("requestId", id), ("requestType", "captureWallet"),
    ]
    let answer = try send("create", fields, amount: payment.amount.amount, with: tools)
    let code = try Self.code(of: answer)
    guard code != 0 else {
      return ProviderAnswer(
        .pending, redirectURL: answer["payUrl"]?.string, qrCodeURL: answer["qrCodeUrl"]?.string)
    }
    // What became of the earlier try is a question.
    if Self.isKnown(code) { return ProviderAnswer(.pending) }
    return ProviderAnswer(try Self.failure(code))
  }

  package func query(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    let answer = try look(at: payment, with: tools)
    let code = try Self.code(of: answer)
    if code == 42 { return ProviderAnswer(.unknown) }
    return ProviderAnswer(try Self.finding(code, answer), reference: Self.transaction(answer))
  }

  package func refund(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> RefundAnswer {
    guard let transaction = payment.reference else {
      throw ProviderSilence("the transaction's number is not known yet")
    }
    func ask(_ request: String) throws -> JSONValue {
      try send(
        "refund",
        [
          ("accessKey", accessKey), ("amount", String(refund.amount.amount)),
          ("description", "Refund of \(payment.id)"), ("orderId", refund.id.description),
          ("partnerCode", partner), ("requestId", request), ("transId", transaction),
        ], amount: refund.amount.amount, with: tools)
    }
    if refund.asked > 1, let earlier = try find(refund, of: payment, with: tools) {
      return try Self.refundAnswer(earlier)
    }
    let answer = try ask(refund.id.description)
    guard refund.asked > 1, try Self.code(of: answer) == 40 else {
      return try Self.refundAnswer(answer)
    }
    // It remembers the request, and just told of no refund: nothing came of it. Should it be at it
    // all the same, it does not take the order id twice.
    return try Self.refundAnswer(try ask(tools.ids.uuid().description))
  }

  /// One that was asked for before, as far as MoMo knows of it.
  private func find(
    _ refund: Refund, of payment: Payment, with tools: ProviderTools
  ) throws -> JSONValue? {
    let answer = try look(at: payment, with: tools)
    let code = try Self.code(of: answer)
    guard code == 0 else { throw ProviderSilence("MoMo answers \(code)") }
    let refunds = answer["refundTrans"]?.array ?? []
    guard let found = refunds.first(where: { $0["orderId"].string == refund.id.description }) else {
      return nil
    }
    guard found["amount"]?.integer.map({ Int($0) }) == refund.amount.amount else {
      throw ProviderSilence("MoMo knows the refund with another amount")
    }
    return found
  }

  private static func refundAnswer(_ answer: JSONValue) throws -> RefundAnswer {
    switch try code(of: answer) {
    case 0: return .succeeded(reference: transaction(answer))
    case let code where isUnderWay(code): return .pending(reference: nil)
    // Also that it knows the refund, or is busy: what became of it is asked for next time.
    case let code where !isFinal(code): throw ProviderSilence("MoMo answers \(code)")
    case let code: return .failed(reason: "momo_\(code)")
    }
  }

  /// Each question is a request of its own: to one that it has answered before it says no more.
  private func look(at payment: Payment, with tools: ProviderTools) throws -> JSONValue {
    try send(
      "query",
      [
        ("accessKey", accessKey), ("orderId", payment.id.description), ("partnerCode", partner),
        ("requestId", tools.ids.uuid().description),
      ], with: tools)
  }

  // MARK: Calls

  private static let signedFields = [
    "amount", "extraData", "message", "orderId", "orderInfo", "orderType", "partnerCode",
    "payType", "requestId", "responseTime", "resultCode", "transId",
  ]

  package func verify(_ call: ProviderCall, at now: Timestamp) throws(CallFault) {
    let body = try Self.object(call.body)
    guard let given = body["signature"]?.string else { throw .forged }
    var text = "accessKey=\(accessKey)"
    for field in Self.signedFields { text += "&\(field)=\(Self.text(body[field]))" }
    guard Signatures.matches(given, secrets, { Signatures.hmac(text, $0) }),
      Self.text(body["partnerCode"]) == partner
    else { throw .forged }
  }

  package func parse(_ body: [UInt8]) throws(CallFault) -> Notice {
    let call = try Self.object(body)
    do {
      let code = try Self.code(of: call)
      let finding = Self.isFinal(code) ? try Self.finding(code, call) : .pending
      return Notice(
        PaymentID(Self.text(call["orderId"])), finding, reference: Self.transaction(call))
    } catch {
      throw .unreadable
    }
  }

  // MARK: The wire

  private func send(
    _ verb: String, _ fields: [(String, String)], amount: Int? = nil, with tools: ProviderTools
  ) throws -> JSONValue {
    let signed = fields.map { "\($0)=\($1)" }.joined(separator: "&")
    var message = JSONObject()
    for (name, value) in fields where name != "accessKey" { message[name] = .string(value) }
    // The amount is a number in the message, and the transaction's number is one too.
    if let amount { message["amount"] = .integer(Int64(amount)) }
    if let number = message["transId"]?.string.flatMap({ Int64($0) }) {
      message["transId"] = .integer(number)
    }
    message["lang"] = "vi"
    message["signature"] = .string(Signatures.hmac(signed, secrets[0]))
    let response = try tools.send(
      "POST", "\(url)/v2/gateway/api/\(verb)",
      headers: [("Content-Type", "application/json; charset=UTF-8")],
      body: JSONValue.object(message).bytes)
    guard response.status < 500 else { throw ProviderSilence("MoMo answers \(response.status)") }
    return try Wire.json(response)
  }

  private static func code(of answer: JSONValue) throws -> Int {
    guard let code = answer["resultCode"]?.integer else {
      throw ProviderSilence("MoMo's answer has no result")
    }
    return Int(code)
  }

  private static func transaction(_ answer: JSONValue) -> String? {
    let text = text(answer["transId"])
    return text.isEmpty || text == "0" ? nil : text
  }

  /// What a payment is told to be. 0 is paid.
  private static func finding(_ code: Int, _ answer: JSONValue) throws -> Finding {
    switch code {
    case 0:
      guard let amount = answer["amount"]?.integer else {
        throw ProviderSilence("MoMo's answer has no amount")
      }
      return .captured(Money(Int(amount), Currency(rawValue: "VND") ?? .none))
    case _ where isUnderWay(code): return .pending
    // Of an amount it refuses to open nothing; of what is open it says nothing by that.
    case 21, 22: return .pending
    default: return try failure(code)
    }
  }

  private static func failure(_ code: Int) throws -> Finding {
    guard isFinal(code) else { throw ProviderSilence("MoMo answers \(code)") }
    return .failed(reason: "momo_\(code)")
  }

  /// Begun, in work, promised.
  private static func isUnderWay(_ code: Int) -> Bool { [1000, 7000, 7002, 9000].contains(code) }

  /// It has met this request or this order before, or is busy with one like it.
  private static func isKnown(_ code: Int) -> Bool { [40, 41, 43].contains(code) }

  private static func isFinal(_ code: Int) -> Bool {
    !isPassing(code) && !isKnown(code) && !isUnderWay(code)
  }

  /// Of MoMo itself, not of the payment: maintenance, a wrong signature or key, too many requests.
  private static func isPassing(_ code: Int) -> Bool {
    [10, 11, 12, 13, 20, 47, 98, 99].contains(code)
  }

  private static func object(_ body: [UInt8]) throws(CallFault) -> JSONValue {
    do throws(JSONError) {
      let value = try JSONValue.parse(body)
      if value.object != nil { return value }
    } catch { throw .unreadable }
    throw .unreadable
  }

  /// A field as it stands in the text that is signed.
  private static func text(_ value: JSONValue?) -> String {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .decimal(let text): text
    case .bool(let flag): String(flag)
    default: ""
    }
  }
}
