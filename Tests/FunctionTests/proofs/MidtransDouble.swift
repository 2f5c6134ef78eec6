import Core
import JSON
import KitTesting
import Synchronization

/// Midtrans with many payments, as far as its documentation tells what we ask of it: an order is
/// known once a method was chosen, what is settled can be given back, and a key gives back once.
final class MidtransDouble: Sendable {
  static let environment = ["SOUK_MIDTRANS_SERVER_KEYS": "SB-Mid-server-of-a-test"]

  /// An order as Midtrans knows it; its id is that of our payment.
  struct Deal: Sendable {
    let payment: String
    let amount: Int64
    /// Empty as long as nobody chose a method.
    var status = ""
    /// By their keys.
    var given: [String: Int64] = [:]

    var isPaid: Bool { ["settlement", "partial_refund", "refund"].contains(status) }
    var refunded: Int64 { given.values.reduce(0, +) }
  }

  private struct Content {
    var deals: [String: Deal] = [:]
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
      books.content.withLock { content in
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.last) {
        case ("POST", "transactions"): return Self.open(request.json, &content)
        case ("GET", "status"): return Self.tell(content.deals[parts[1]])
        case ("POST", "refund"): return Self.refund(parts[1], request.json, &content)
        case ("POST", "cancel"): return Self.cancel(parts[1], &content)
        default: return .text(404, "")
        }
      }
    }
  }

  /// From now on customers choose a method and pay as soon as they can.
  func letEverybodyPay() { books.content.withLock { $0.isEverybodyPaying = true } }

  private static func open(_ message: JSONValue, _ content: inout Content) -> LocalServer.Answer {
    let details = message["transaction_details"]
    guard let id = details["order_id"].string, let amount = details["gross_amount"].integer else {
      return .json(400, ["error_messages": ["transaction_details is required"]])
    }
    guard content.deals[id] == nil else {
      return .json(400, ["error_messages": ["order_id has already been taken"]])
    }
    content.deals[id] = Deal(
      payment: id, amount: amount, status: content.isEverybodyPaying ? "settlement" : "")
    return .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
  }

  private static func refund(
    _ id: String, _ message: JSONValue, _ content: inout Content
  ) -> LocalServer.Answer {
    guard let deal = content.deals[id], let key = message["refund_key"]?.string,
      let amount = message["amount"]?.integer, deal.isPaid, deal.given[key] == nil,
      deal.refunded + amount <= deal.amount
    else { return refusal }
    let isAll = deal.refunded + amount == deal.amount
    content.deals[id]?.given[key] = amount
    content.deals[id]?.status = isAll ? "refund" : "partial_refund"
    return tell(content.deals[id])
  }

  private static func cancel(_ id: String, _ content: inout Content) -> LocalServer.Answer {
    guard let deal = content.deals[id], !deal.status.isEmpty else { return unknown }
    guard ["pending", "capture"].contains(deal.status) else { return refusal }
    content.deals[id]?.status = "cancel"
    return tell(content.deals[id])
  }

  private static let unknown = LocalServer.Answer.json(
    404, ["status_code": "404", "status_message": "Transaction doesn't exist."])
  private static let refusal = LocalServer.Answer.json(
    200, ["status_code": "412", "status_message": "Its status cannot be changed so."])

  private static func tell(_ deal: Deal?) -> LocalServer.Answer {
    guard let deal, !deal.status.isEmpty else { return unknown }
    return .json(
      200,
      [
        "status_code": "200", "transaction_status": .string(deal.status),
        "fraud_status": "accept", "gross_amount": .string("\(deal.amount).00"),
        "currency": "IDR", "transaction_id": .string("tx-\(deal.payment)"),
        "refunds": .array(deal.given.keys.map { ["refund_key": .string($0)] }),
      ])
  }
}
