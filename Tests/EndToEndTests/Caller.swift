import Core
import HTTPClient
import JSON
import Synchronization

/// Somebody who is signed in, and who asks again while things fall over.
struct Caller: Sendable {
  private let url: String
  private let token: String
  private let complaints: Complaints

  private static let attemptsMax = 60

  /// What others do not answer for goes to the `complaints`.
  init(_ url: String, token: String, to complaints: Complaints = Complaints()) {
    self.url = url
    self.token = token
    self.complaints = complaints
  }

  /// With one key until there is an answer that says yes or no; nil when there never was.
  func insist(_ method: String, _ path: String, _ json: JSONValue?, over client: HTTPClient)
    -> Answer?
  {
    let key = "\(UInt64.random(in: 0 ... .max))"
    for _ in 0..<Self.attemptsMax {
      let answer = send(method, path, json, key: key, over: client)
      if let answer, answer.status < 500, answer.code != "idempotency_in_progress" {
        return answer
      }
      Clock.pause(.milliseconds(200))
    }
    return nil
  }

  /// What there is in a yes.
  func agree(_ method: String, _ path: String, _ json: JSONValue?, over client: HTTPClient)
    -> JSONValue?
  {
    guard let answer = insist(method, path, json, over: client), (200..<300).contains(answer.status)
    else { return nil }
    return answer.json["data"]
  }

  /// Nil when nobody answered.
  func send(
    _ method: String, _ path: String, _ json: JSONValue? = nil, key: String? = nil,
    over client: HTTPClient
  ) -> Answer? {
    var headers = [("Authorization", "Bearer \(token)")]
    if json != nil { headers.append(("Content-Type", "application/json")) }
    if let key { headers.append(("Idempotency-Key", key)) }
    do {
      let answer = Answer(
        try client.send(method, "\(url)/api/v1\(path)", headers: headers, body: json?.bytes))
      if answer.status >= 500 { complaints.note(answer) }
      return answer
    } catch {
      return nil
    }
  }
}

/// Answers that are the fault of the system, by what they say, as all callers together saw them.
final class Complaints: Sendable {
  private let seen = Mutex<[String: Int]>([:])

  func note(_ answer: Answer) {
    let detail = answer.json["detail"]?.string
    let words = "\(answer.status) \(answer.code ?? "no code"): \(detail ?? "")"
    seen.withLock { $0[words, default: 0] += 1 }
  }

  /// How often each was seen.
  var all: [String: Int] { seen.withLock { $0 } }

  /// Those that not even somebody's death excuses.
  var inexcusable: [String] {
    all.keys.filter { words in
      !["502 ", "503 ", "504 "].contains { words.hasPrefix($0) }
        || words.contains("Too many changed this at once.")
    }.sorted()
  }
}

/// What the system said yes to, and what has to be true of it in the end.
enum Promise: Sendable, CustomStringConvertible {
  case order(String, isCancelled: Bool, isPaidAgain: Bool = false)
  case topUp(payment: String)
  case refund(String, of: String)
  case parcel(String, of: String, states: Set<String>)
  case giveBack(String, states: Set<String>)

  var kind: String { String(description.prefix { $0 != "(" }) }

  var description: String {
    switch self {
    case .order(let id, let isCancelled, let isPaidAgain):
      "order(\(id), cancelled: \(isCancelled), paid again: \(isPaidAgain))"
    case .topUp(let payment): "top-up(\(payment))"
    case .refund(let id, let payment): "refund(\(id) of \(payment))"
    case .parcel(let id, let order, let states): "parcel(\(id) of \(order): \(states.sorted()))"
    case .giveBack(let id, let states): "return(\(id): \(states.sorted()))"
    }
  }

  private static let ends: Set = [
    "paid", "processing", "shipped", "delivered", "completed", "refunded", "payment_failed",
    "cancelled",
  ]

  /// Nil when it was kept; else what an administrator sees instead.
  func fault(seenBy admin: Caller, over client: HTTPClient) -> String? {
    let (path, states) = question
    guard let answer = admin.send("GET", path, over: client) else { return "\(self): no answer" }
    let data = answer.json["data"]
    let found: JSONValue? =
      switch self {
      case .refund(let id, _): data.array?.first { $0["id"]?.string == id }
      case .parcel(let id, _, _): data["parcels"]?.array?.first { $0["id"]?.string == id }
      default: data
      }
    let status = found?["status"]?.string
    return status.map(states.contains) == true ? nil : "\(self): \(status ?? answer.text)"
  }

  private var question: (path: String, states: Set<String>) {
    switch self {
    case .order(let id, let isCancelled, let isPaidAgain):
      // A payment that is approved does not fail.
      (
        "/orders/\(id)",
        isCancelled
          ? ["cancelled"] : isPaidAgain ? Self.ends.subtracting(["payment_failed"]) : Self.ends
      )
    case .topUp(let payment): ("/payments/\(payment)", ["captured"])
    case .refund(_, let payment): ("/payments/\(payment)/refunds?limit=100", ["succeeded"])
    case .parcel(_, let order, let states): ("/orders/\(order)", states)
    case .giveBack(let id, let states): ("/returns/\(id)", states)
    }
  }
}
