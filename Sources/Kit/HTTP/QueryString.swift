package import Core

/// The query of a request, decoded, with its faults noted as in `Fields`.
package struct QueryString {
  private let items: [(name: String, value: String)]
  package private(set) var violations: [Problem.Violation] = []

  /// Throws 400 when an escape is broken, 422 never: that is for `check`.
  package init(_ query: Substring) throws(Problem) {
    var items: [(name: String, value: String)] = []
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
        let value = PercentCoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true),
        !value.utf8.contains(0)
      else { throw Problem(400, "malformed_query", "The query string is not valid.") }
      items.append((name, value))
    }
    self.items = items
  }

  package subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

  /// All members whose names begin so, with the rest of the name.
  package func all(beginning prefix: String) -> [(name: String, value: String)] {
    items.filter { $0.name.hasPrefix(prefix) }.map {
      (String($0.name.dropFirst(prefix.count)), $0.value)
    }
  }

  package mutating func refuse(_ field: String, _ code: String, _ message: String) {
    violations.append(.init(field: field, code: code, message: message))
  }

  package mutating func text(_ name: String, upTo length: Int) -> String? {
    guard let text = self[name], !text.isEmpty else { return nil }
    guard text.unicodeScalars.count <= length else {
      refuse(name, "too_long", "This may have at most \(length) characters.")
      return nil
    }
    return text
  }

  /// A text somebody looks for. One of spaces alone is none.
  package mutating func words(_ name: String, upTo length: Int) -> String? {
    guard let text = text(name, upTo: length) else { return nil }
    return text.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? nil : text
  }

  package mutating func id<Kind>(_ name: String, _ kind: Kind.Type = Kind.self) -> ID<Kind>? {
    guard let text = self[name] else { return nil }
    if let id = ID<Kind>(text) { return id }
    refuse(name, "invalid_id", "This must be an id that begins with \(Kind.prefix)_.")
    return nil
  }

  package mutating func time(_ name: String) -> Timestamp? {
    guard let text = self[name] else { return nil }
    if let time = Timestamp(text) { return time }
    refuse(name, "invalid_time", "This must be a time as in 2026-01-31T08:30:00Z.")
    return nil
  }

  package mutating func flag(_ name: String) -> Bool? {
    guard let text = self[name] else { return nil }
    if let flag = ["true": true, "false": false][text] { return flag }
    refuse(name, "wrong_type", "This must be true or false.")
    return nil
  }

  package mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) -> Choice? where Choice.RawValue == String {
    guard let text = self[name] else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    refuse(name, "not_a_choice", "This must be one of: \(choices).")
    return nil
  }

  package mutating func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = self[name] else { return nil }
    if let value = Int(text), range.contains(value) { return value }
    refuse(
      name, "out_of_range",
      "This must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    return nil
  }

  /// Throws a 422 problem when anything was refused.
  package func check() throws(Problem) {
    guard violations.isEmpty else { throw Problem.invalid(violations) }
  }
}
