import JSON
import KitTesting
import Synchronization

/// MoMo with one payment that is paid as soon as somebody asks, as far as its documentation tells:
/// a request that ended is answered again in the same words, one that did not with 40, and no two
/// refunds share an order id.
final class MomoDouble: Sendable {
  struct Refusal: Sendable {
    let code: Int64
    /// MoMo has it in work nevertheless.
    let begins: Bool

    init(_ code: Int64, begins: Bool) {
      self.code = code
      self.begins = begins
    }
  }

  struct Back: Sendable {
    let amount: Int64
    var code: Int64
  }

  struct State: Sendable {
    /// What the question for the payment is answered.
    var query: Int64 = 0
    var refuses: Refusal?
    var losesAnAnswer = false
    /// Refunds in work are not told of, and stand in the way of others.
    var isBusy = false
    /// By their order ids.
    var refunds: [String: Back] = [:]
    /// What requests were answered.
    var answered: [String: Int64] = [:]

    mutating func end(with code: Int64) {
      refuses = nil
      isBusy = false
      for id in refunds.keys { refunds[id]?.code = code }
    }
  }

  private final class Books: Sendable {
    let state = Mutex(State())
  }

  private let books: Books
  private let server: LocalServer

  var origin: String { server.origin }
  /// What has gone back.
  var given: [Int64] {
    books.state.withLock { $0.refunds.values.filter { $0.code == 0 }.map(\.amount) }
  }

  func requests(_ verb: String) -> [LocalServer.Request] {
    server.requests.filter { $0.path.hasSuffix("/\(verb)") }
  }

  init() throws {
    let books = Books()
    self.books = books
    server = try LocalServer { request in
      books.state.withLock { state in
        switch request.path.split(separator: "/").last {
        case "create": .json(200, ["resultCode": 0, "payUrl": "https://momo.example/p"])
        case "query": Self.tell(state)
        default: Self.give(request.json, &state)
        }
      }
    }
  }

  func change(_ change: (inout State) -> Void) { books.state.withLock { change(&$0) } }

  private static func tell(_ state: State) -> LocalServer.Answer {
    .json(
      200,
      [
        "resultCode": .integer(state.query), "amount": 150_000, "transId": 77,
        "refundTrans": .array(
          (state.isBusy ? [:] : state.refunds).map { id, back in
            [
              "orderId": .string(id), "amount": .integer(back.amount),
              "resultCode": .integer(back.code), "transId": 78,
            ]
          }),
      ])
  }

  private static func give(_ request: JSONValue, _ state: inout State) -> LocalServer.Answer {
    guard let name = request["requestId"]?.string, let id = request["orderId"]?.string,
      let amount = request["amount"]?.integer
    else { return .json(200, ["resultCode": 20]) }
    if let before = state.answered[name] {
      let isFinal = [0, 1080, 1081, 1088].contains(before)
      return .json(200, ["resultCode": .integer(isFinal ? before : 40)])
    }
    guard state.isBusy || state.refunds[id] == nil else { return .json(200, ["resultCode": 41]) }
    guard !state.isBusy else { return .json(200, ["resultCode": 43]) }
    let refusal = state.refuses
    if refusal?.begins ?? true {
      state.refunds[id] = Back(amount: amount, code: refusal == nil ? 0 : 7000)
    }
    let code = refusal?.code ?? 0
    state.answered[name] = code
    guard !state.losesAnAnswer else {
      state.losesAnAnswer = false
      return .nothing
    }
    return .json(200, ["resultCode": .integer(code), "transId": 78])
  }
}
