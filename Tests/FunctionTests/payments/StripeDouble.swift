import Core
import Crypto
import JSON
import KitTesting
import Synchronization

/// Stripe, as far as its documentation tells what we ask of it: an idempotency key is worked off
/// once, what was paid cannot be cancelled, and nothing is given back twice.
final class StripeDouble: Sendable {
  static let secret = "whsec_secret_1"

  struct Intent: Sendable {
    let id: String
    let payment: String
    let amount: Int64
    let currency: String
    var status = "requires_payment_method"
    var refunded: Int64 = 0

    fileprivate var json: JSONValue {
      [
        "object": "payment_intent", "id": .string(id), "status": .string(status),
        "amount": .integer(amount), "currency": .string(currency),
        "amount_received": .integer(status == "succeeded" ? amount : 0),
        "metadata": ["payment_id": .string(payment)],
      ]
    }
  }

  /// What the customer does, or the world, between a question and its answer.
  typealias Happening = @Sendable (_ intent: Intent) throws -> Void

  private let books = Books()
  private let server: LocalServer

  var origin: String { server.origin }
  /// Of functions that are to take it for Stripe.
  var environment: [String: String] {
    [
      "SOUK_STRIPE_URL": origin, "SOUK_STRIPE_KEY": "sk_test",
      "SOUK_STRIPE_WEBHOOK_SECRETS": Self.secret,
    ]
  }
  var intents: [Intent] { books.all }
  /// What was asked, without the queries of it.
  var questions: [String] {
    server.requests.map { "\($0.method) \($0.path.split(separator: "?")[0])" }
  }

  init() throws {
    let books = books
    server = try LocalServer { try books.answer($0) }
  }

  /// Once, before the next payment is answered to be opened.
  func whenOpened(_ happening: @escaping Happening) { books.whenOpened(happening) }
  func whenCancelled(_ happening: @escaping Happening) { books.whenCancelled(happening) }

  /// From now on customers pay as soon as they can.
  func letEverybodyPay() { books.letEverybodyPay() }

  func pay(_ payment: String) { books.set("succeeded", payment) }

  func intent(of payment: String) -> Intent? { books.all.first { $0.payment == payment } }
}

extension StripeDouble {
  /// A call about a payment, whatever is true of it, and its signature. Each has a number of its
  /// own unless one is given.
  static func call(
    _ intent: Intent, _ status: String? = nil, amount: Int64? = nil, currency: String? = nil,
    event: String = IDSource().uuid().description, at now: Timestamp
  ) -> (body: String, signature: String) {
    let told = Intent(
      id: intent.id, payment: intent.payment, amount: amount ?? intent.amount,
      currency: currency ?? intent.currency, status: status ?? intent.status)
    let body = JSONValue.object([
      "id": .string("evt_\(event)"), "type": .string("payment_intent.\(told.status)"),
      "data": ["object": told.json],
    ]).description
    let code = HMACSHA256.code(Array("\(now.seconds).\(body)".utf8), key: Array(secret.utf8))
    return (body, "t=\(now.seconds),v1=\(Hex.encode(code))")
  }
}

private final class Books: Sendable {
  private struct Content {
    /// By the keys that opened them.
    var intents: [String: StripeDouble.Intent] = [:]
    /// Keys that were worked off.
    var refunds: [String: String] = [:]
    var isEverybodyPaying = false
    var opened: StripeDouble.Happening?
    var cancelled: StripeDouble.Happening?
  }

  private let content = Mutex(Content())

  var all: [StripeDouble.Intent] { content.withLock { Array($0.intents.values) } }

  func whenOpened(_ happening: @escaping StripeDouble.Happening) {
    content.withLock { $0.opened = happening }
  }

  func whenCancelled(_ happening: @escaping StripeDouble.Happening) {
    content.withLock { $0.cancelled = happening }
  }

  func letEverybodyPay() { content.withLock { $0.isEverybodyPaying = true } }

  func set(_ status: String, _ payment: String) {
    content.withLock { $0.intents[payment]?.status = status }
  }

  func answer(_ request: LocalServer.Request) throws -> LocalServer.Answer {
    let parts = request.path.split(separator: "?")[0].split(separator: "/").dropFirst()
    let fields = Self.fields(request.text)
    let key = request.headers["idempotency-key"] ?? ""
    switch (request.method, parts.first, parts.count) {
    case ("POST", "payment_intents", 1): return try open(fields, key)
    case ("POST", "payment_intents", 3): return try cancel(String(parts[2]))
    case ("GET", "payment_intents", 2) where parts[2] == "search":
      let found = all.filter { request.path.contains($0.payment) }
      return .json(200, ["data": .array(found.map(\.json))])
    case ("GET", "payment_intents", 2): return find(String(parts[2]))
    case ("POST", "refunds", 1): return refund(fields, key)
    case ("GET", "refunds", 1): return refunds()
    default: return .json(404, ["error": ["type": "invalid_request_error"]])
    }
  }

  private func open(_ fields: [String: String], _ key: String) throws -> LocalServer.Answer {
    let payment = fields["metadata%5Bpayment_id%5D"] ?? ""
    let (intent, happening) = content.withLock { content in
      let first = StripeDouble.Intent(
        id: "pi_\(payment)", payment: payment, amount: Int64(fields["amount"] ?? "") ?? 0,
        currency: fields["currency"] ?? "")
      var known = content.intents[key] ?? first
      if content.isEverybodyPaying { known.status = "succeeded" }
      content.intents[key] = known
      defer { content.opened = nil }
      // A key is answered as it was the first time.
      return (first, content.opened)
    }
    try happening?(intent)
    return .json(200, intent.json)
  }

  private func cancel(_ id: String) throws -> LocalServer.Answer {
    let happening = content.withLock { content in
      defer { content.cancelled = nil }
      return content.cancelled
    }
    if let intent = all.first(where: { $0.id == id }) { try happening?(intent) }
    return content.withLock { content in
      guard let (key, intent) = content.intents.first(where: { $0.value.id == id }) else {
        return .json(404, ["error": ["code": "resource_missing"]])
      }
      guard !["succeeded", "canceled"].contains(intent.status) else {
        return .json(400, ["error": ["code": "payment_intent_unexpected_state"]])
      }
      content.intents[key]?.status = "canceled"
      return .json(200, content.intents[key]?.json ?? .null)
    }
  }

  private func find(_ id: String) -> LocalServer.Answer {
    guard let intent = all.first(where: { $0.id == id }) else {
      return .json(404, ["error": ["code": "resource_missing"]])
    }
    return .json(200, intent.json)
  }

  private func refund(_ fields: [String: String], _ key: String) -> LocalServer.Answer {
    content.withLock { content in
      if let known = content.refunds[key] {
        return .json(200, ["id": .string(known), "status": "succeeded"])
      }
      let amount = Int64(fields["amount"] ?? "") ?? 0
      guard
        let (name, intent) = content.intents.first(where: {
          $0.value.id == fields["payment_intent"]
        }), intent.status == "succeeded", intent.refunded + amount <= intent.amount
      else { return .json(400, ["error": ["code": "charge_already_refunded"]]) }
      content.intents[name]?.refunded += amount
      content.refunds[key] = "re_\(key)"
      return .json(200, ["id": .string("re_\(key)"), "status": "succeeded"])
    }
  }

  /// Of all intents: nobody has refunds of the same name.
  private func refunds() -> LocalServer.Answer {
    let known = content.withLock { $0.refunds }
    return .json(
      200,
      [
        "data": .array(
          known.map { key, id in
            [
              "id": .string(id), "status": "succeeded", "metadata": ["refund_id": .string(key)],
            ]
          })
      ])
  }

  private static func fields(_ form: String) -> [String: String] {
    let pairs = form.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
    return Dictionary(
      pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) },
      uniquingKeysWith: { first, _ in first })
  }
}
