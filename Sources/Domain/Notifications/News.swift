internal import Core
internal import JSON
internal import Outbox

/// What one person is told because of one event.
struct News {
  let template: Template
  let reader: UserID
  let blanks: [String: String]
  /// Names and ids of what it is about.
  let data: [(key: String, value: String)]
  /// Where it goes whatever stands in the account by now.
  var address: String?
}

/// Something to be told, and the event it is told because of.
struct ToldNews {
  let news: News
  let event: LoggedEvent

  init(_ news: News, _ event: LoggedEvent) {
    self.news = news
    self.event = event
  }

  /// Nil for what is sent whatever somebody wants to hear.
  var topic: Topic? { news.template.topic }
}

/// An event's payload, read leniently where a blank may stay empty.
struct Facts {
  private let payload: JSONValue

  init(_ event: LoggedEvent) throws {
    do { payload = try JSONValue.parse(event.payload) } catch { throw HopelessEvent("\(error)") }
  }

  func text(_ name: String) -> String? { payload[name]?.string }
  func number(_ name: String) -> String? { payload[name]?.integer.map { "\($0)" } }

  /// Throws where the event cannot be understood without it.
  func id<Kind>(_ name: String, _ kind: Kind.Type = Kind.self) throws -> ID<Kind> {
    guard let id = text(name).flatMap({ ID<Kind>($0) }) else {
      throw HopelessEvent("an event without \(name)")
    }
    return id
  }

  func money(_ name: String) -> String {
    guard let amount = payload[name]?["amount"]?.integer,
      let currency = payload[name]?["currency"]?.string.flatMap(Currency.init(rawValue:))
    else { return "" }
    return Money(Int(amount), currency).text
  }

  func texts(in name: String) -> [String: String] {
    let members = payload[name]?.object?.members ?? []
    return Dictionary(
      members.compactMap { key, value in value.string.map { (key, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Names with their values, as a JSON object.
  static func text(of facts: some Sequence<(key: String, value: String)>) -> String {
    var object = JSONObject()
    for (key, value) in facts { object[key] = .string(value) }
    return JSONValue.object(object).description
  }

  /// Those of these that the payload has.
  func data(_ names: String...) -> [(key: String, value: String)] {
    names.compactMap { name in text(name).map { (name, $0) } }
  }
}
