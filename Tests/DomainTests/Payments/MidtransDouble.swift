import JSON
import KitTesting
import Synchronization

/// Midtrans with one payment, as far as its documentation tells what we ask of it: what is captured
/// can be cancelled, what is settled can be given back, and a key gives back once.
final class MidtransDouble: Sendable {
  struct State: Sendable {
    var status = "pending"
    /// By their keys.
    var given: [String: Int64] = [:]
    var losesAnAnswer = false
    var settlesBeforeCancelling = false
    var cancels = true
    var refunds = true
  }

  private final class Books: Sendable {
    let state = Mutex(State())
  }

  private let books: Books
  private let server: LocalServer

  var origin: String { server.origin }
  var given: [Int64] { books.state.withLock { Array($0.given.values) } }

  /// What it was told to do, without the questions and the opening.
  var demands: [String] {
    server.requests.filter { $0.method == "POST" && $0.path.hasPrefix("/v2/") }
      .map { "\($0.method) \($0.path)" }
  }

  init() throws {
    let books = Books()
    self.books = books
    server = try LocalServer { request in
      books.state.withLock { state in
        let answer = Self.answer(request, &state)
        guard state.losesAnAnswer, request.method == "POST" else { return answer }
        state.losesAnAnswer = false
        return .nothing
      }
    }
  }

  func become(_ status: String) { change { $0.status = status } }

  func change(_ change: (inout State) -> Void) { books.state.withLock { change(&$0) } }

  private static func answer(
    _ request: LocalServer.Request, _ state: inout State
  ) -> LocalServer.Answer {
    switch request.path.split(separator: "/").last {
    case "transactions":
      return .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
    case "cancel":
      if state.settlesBeforeCancelling { state.status = "settlement" }
      guard state.status == "capture", state.cancels else { return refusal }
      state.status = "cancel"
      return tell(state)
    case "refund":
      guard ["settlement", "partial_refund"].contains(state.status), state.refunds,
        let key = request.json["refund_key"]?.string, state.given[key] == nil,
        let amount = request.json["amount"]?.integer
      else { return refusal }
      state.given[key] = amount
      state.status = state.given.values.reduce(0, +) == 150_000 ? "refund" : "partial_refund"
      return tell(state)
    default: return tell(state)
    }
  }

  private static let refusal = LocalServer.Answer.json(
    200, ["status_code": "412", "status_message": "Its status cannot be changed so."])

  private static func tell(_ state: State) -> LocalServer.Answer {
    var answer = JSONObject()
    answer["status_code"] = "200"
    answer["transaction_status"] = .string(state.status)
    answer["fraud_status"] = "accept"
    answer["gross_amount"] = "150000.00"
    answer["currency"] = "IDR"
    answer["transaction_id"] = "tx-1"
    answer["refunds"] = .array(state.given.keys.map { ["refund_key": .string($0)] })
    return .json(200, .object(answer))
  }
}
