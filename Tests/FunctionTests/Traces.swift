import JSON
import KitTesting
import Postgres
import Testing

/// What requests leave behind in the database.
extension Bazaar {
  struct Event {
    let type: String
    let payload: JSONValue
    let trace: String?
  }

  /// The outbox in the order of writing.
  func events() throws -> [Event] {
    try stack.look().query(
      "SELECT e.type, e.payload::text, e.trace_parent FROM outbox.events AS e ORDER BY e.sequence"
    ) { row in
      Event(
        type: try row.next(), payload: try JSONValue.parse(Array((try row.next() as String).utf8)),
        trace: try row.next())
    }
  }

  /// The types of what was written since `count` events were there.
  func eventTypes(after count: Int = 0) throws -> [String] {
    try events().dropFirst(count).map(\.type)
  }

  /// The token in the last mail of this kind to this address.
  func mailedToken(_ template: String, to email: String) throws -> String {
    let mail = try events().last {
      $0.type == "mail.requested.v1" && $0.payload["template"]?.string == template
        && $0.payload["to"]?.string == email
    }
    return try #require(mail?.payload["values"]?["token"]?.string)
  }

  func count(_ sql: SQL) throws -> Int {
    try stack.look().first(sql) { row in try row.next() } ?? 0
  }

  func text(_ sql: SQL) throws -> String? {
    try stack.look().first(sql) { row in try row.next() as String? } ?? nil
  }
}

extension TestAnswer {
  /// The problem without what differs from request to request.
  var withoutRequestID: JSONValue {
    guard case .object(var members) = json else { return json }
    members["request_id"] = nil
    return .object(members)
  }

  /// Whether this is a refusal as RFC 9457 wants it, with everything a client may rely on.
  var isProblem: Bool {
    header("Content-Type") == "application/problem+json"
      && json["status"]?.integer == Int64(status) && json["type"]?.string != nil
      && json["title"]?.string != nil && !(json["detail"]?.string ?? "").isEmpty
      && code != nil && json["request_id"]?.string == header("X-Request-Id")
  }

  func isProblem(_ status: Int, _ code: String) -> Bool {
    isProblem && self.status == status && self.code == code
  }
}
