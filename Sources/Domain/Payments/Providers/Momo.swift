package import Core
internal import Crypto
internal import HTTPClient
internal import JSON

/// MoMo's wallet: whole dong, JSON, each message signed with HMAC-SHA-256 over its own list of
/// fields. Our ids of payments and refunds are MoMo's order and request ids: a message that is sent
/// twice asks once. There is no way to cancel: MoMo does that only for money that it was told to
/// hold first, while ours moves as soon as the customer agrees, and its page closes by itself.
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
    // It knows the order from an earlier try, or is busy with it: what became of it is a question.
    if [40, 41, 43].contains(code) { return ProviderAnswer(.pending) }
    return ProviderAnswer(try Self.failure(code))
  }

  package func query(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    let id = payment.id.description
    let answer = try send(
      "query",
      [("accessKey", accessKey), ("orderId", id), ("partnerCode", partner), ("requestId", id)],
      with: tools)
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
    let id = refund.id.description
    let answer = try send(
      "refund",
      [
        ("accessKey", accessKey), ("amount", String(refund.amount.amount)),
        ("description", "Refund of \(payment.id)"), ("orderId", id), ("partnerCode", partner),
        ("requestId", id), ("transId", transaction),
      ], amount: refund.amount.amount, with: tools)
    switch try Self.code(of: answer) {
    // 40 and 41: it has done this one before.
    case 0, 40, 41: return .succeeded(reference: Self.transaction(answer))
    case 10, 1000, 7000, 7002, 9000: return .pending(reference: nil)
    case let code where Self.isPassing(code): throw ProviderSilence("MoMo answers \(code)")
    case let code: return .failed(reason: "momo_\(code)")
    }
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
      let finding = Self.isPassing(code) ? .pending : try Self.finding(code, call)
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
    let response = try tools.http.send(
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

  /// 0 is paid. These are under way: begun, in work, promised.
  private static func finding(_ code: Int, _ answer: JSONValue) throws -> Finding {
    switch code {
    case 0:
      guard let amount = answer["amount"]?.integer else {
        throw ProviderSilence("MoMo's answer has no amount")
      }
      return .captured(Money(Int(amount), Currency(rawValue: "VND") ?? .none))
    case 1000, 7000, 7002, 9000: return .pending
    default: return try failure(code)
    }
  }

  private static func failure(_ code: Int) throws -> Finding {
    guard !isPassing(code) else { throw ProviderSilence("MoMo answers \(code)") }
    return .failed(reason: "momo_\(code)")
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
