import Core
import Crypto
import JSON
import KitTesting
import Synchronization

/// MoMo, as far as its documentation tells what we ask of it: a request's id and an order's are
/// worked off once, and refused when they come again; a question tells of the refunds; there is no
/// way to cancel.
final class MomoDouble: Sendable {
  static let environment = [
    "SOUK_MOMO_PARTNER": "MOMO", "SOUK_MOMO_ACCESS_KEY": "key-of-a-test",
    "SOUK_MOMO_SECRETS": "secret-of-a-test",
  ]

  /// An order as MoMo knows it; its id is that of our payment.
  struct Deal: Sendable {
    let payment: String
    let amount: Int64
    let transaction: Int64
    var isPaid = false
    var refunded: Int64 = 0
  }

  private struct Content {
    var deals: [String: Deal] = [:]
    var requests: Set<String> = []
    /// By the order's id of each.
    var refunds: [String: (transaction: Int64, amount: Int64)] = [:]
    var isEverybodyPaying = false
  }

  private final class Books: Sendable {
    let content = Mutex(Content())
  }

  private let books: Books
  private let server: LocalServer

  var origin: String { server.origin }
  var deals: [Deal] { books.content.withLock { Array($0.deals.values) } }

  init() throws {
    let books = Books()
    self.books = books
    server = try LocalServer { request in
      guard Self.isSigned(request) else { return Self.answer(13) }
      return books.content.withLock { content in
        switch request.path.split(separator: "/").last {
        case "create": Self.create(request.json, &content)
        case "query": Self.query(request.json, &content)
        case "refund": Self.refund(request.json, &content)
        default: .text(404, "")
        }
      }
    }
  }

  /// From now on customers pay as soon as they can.
  func letEverybodyPay() { books.content.withLock { $0.isEverybodyPaying = true } }

  private static func create(_ message: JSONValue, _ content: inout Content) -> LocalServer.Answer {
    guard let id = message["orderId"]?.string, let amount = message["amount"]?.integer else {
      return answer(20)
    }
    guard content.deals[id] == nil else { return answer(41) }
    content.deals[id] = Deal(
      payment: id, amount: amount, transaction: 4_000_000 + Int64(content.deals.count),
      isPaid: content.isEverybodyPaying)
    return answer(0, ["payUrl": "https://momo.example/pay"])
  }

  private static func query(_ message: JSONValue, _ content: inout Content) -> LocalServer.Answer {
    guard let deal = message["orderId"]?.string.flatMap({ content.deals[$0] }) else {
      return answer(42)
    }
    guard deal.isPaid else { return answer(1000) }
    let refunds = content.refunds.filter { $0.value.transaction == deal.transaction }.map {
      (id, refund) -> JSONValue in
      [
        "orderId": .string(id), "amount": .integer(refund.amount), "resultCode": 0,
        "transId": .integer(deal.transaction + 1_000_000),
      ]
    }
    return answer(
      0,
      [
        "amount": .integer(deal.amount), "transId": .integer(deal.transaction),
        "refundTrans": .array(refunds),
      ])
  }

  private static func refund(_ message: JSONValue, _ content: inout Content) -> LocalServer.Answer {
    guard let request = message["requestId"]?.string, let id = message["orderId"]?.string,
      let amount = message["amount"]?.integer,
      let deal = content.deals.values.first(where: { $0.transaction == message["transId"]?.integer }
      )
    else { return answer(42) }
    guard content.requests.insert(request).inserted else { return answer(40) }
    guard content.refunds[id] == nil else { return answer(41) }
    guard deal.isPaid, deal.refunded + amount <= deal.amount else { return answer(1080) }
    content.refunds[id] = (deal.transaction, amount)
    content.deals[deal.payment]?.refunded += amount
    return answer(0, ["transId": .integer(deal.transaction + 1_000_000)])
  }

  private static func answer(_ code: Int64, _ members: JSONObject = [:]) -> LocalServer.Answer {
    var members = members
    members["resultCode"] = .integer(code)
    return .json(200, .object(members))
  }

  private static let signed = [
    "create": [
      "accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode",
      "redirectUrl", "requestId", "requestType",
    ],
    "query": ["accessKey", "orderId", "partnerCode", "requestId"],
    "refund": [
      "accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId",
    ],
  ]

  private static func isSigned(_ request: LocalServer.Request) -> Bool {
    let verb = request.path.split(separator: "/").last.map(String.init) ?? ""
    let text = (signed[verb] ?? []).map { name in
      let value = request.json[name]
      return "\(name)=\(value.string ?? value.integer.map { "\($0)" } ?? "")"
    }.joined(separator: "&")
      .replacing("accessKey=", with: "accessKey=\(environment["SOUK_MOMO_ACCESS_KEY"] ?? "")")
    let code = HMACSHA256.code(
      Array(text.utf8), key: Array((environment["SOUK_MOMO_SECRETS"] ?? "").utf8))
    return request.json["signature"].string == Hex.encode(code)
  }
}
