package import Core
package import JSON

/// A request type: it reads itself from the fields of a body, and every fault is noted.
package protocol RequestBody {
  init(_ fields: inout Fields)
}

/// The members of a JSON object, read one by one into a typed request. A fault is noted and a
/// stand-in returned, so that reading goes on and the client hears of every fault at once;
/// `decode` throws before anyone could use a stand-in.
package struct Fields {
  private let members: JSONObject
  package private(set) var violations: [Problem.Violation] = []

  package init(_ members: JSONObject) { self.members = members }

  /// Throws a 422 problem that lists every violation.
  package static func decode<Body: RequestBody>(_ type: Body.Type, from value: JSONValue) throws
    -> Body
  {
    guard case .object(let members) = value else {
      throw Problem(400, "object_expected", "The body must be a JSON object.")
    }
    var fields = Fields(members)
    let body = Body(&fields)
    guard fields.violations.isEmpty else { throw Problem.invalid(fields.violations) }
    return body
  }

  package mutating func refuse(_ field: String, _ code: String, _ message: String) {
    violations.append(.init(field: field, code: code, message: message))
  }

  package func has(_ name: String) -> Bool { members[name] != nil }

  // MARK: Required

  package mutating func text(
    _ name: String, _ length: ClosedRange<Int>, _ rule: TextRule = .any
  ) -> String {
    guard let value = present(name) else {
      refuse(name, "required", "This field is required.")
      return ""
    }
    return check(name, value, length, rule) ?? ""
  }

  // MARK: Optional: left out and null are the same

  package mutating func optionalText(
    _ name: String, _ length: ClosedRange<Int>, _ rule: TextRule = .any
  ) -> String? {
    guard let value = present(name) else { return nil }
    return check(name, value, length, rule)
  }

  package mutating func optionalFlag(_ name: String) -> Bool? {
    guard let value = present(name) else { return nil }
    guard case .bool(let flag) = value else {
      refuse(name, "wrong_type", "This must be true or false.")
      return nil
    }
    return flag
  }

  package mutating func optionalDate(_ name: String) -> CalendarDate? {
    guard let text = optionalText(name, 0...10) else { return nil }
    guard let date = CalendarDate(text) else {
      refuse(name, "invalid_date", "This must be a date that exists, as in 1990-01-31.")
      return nil
    }
    return date
  }

  package mutating func optionalDegrees(_ name: String, within bound: Double) -> Double? {
    guard let value = present(name) else { return nil }
    let number: Double? =
      switch value {
      case .integer(let integer): Double(integer)
      case .decimal(let text): Double(text)
      default: nil
      }
    guard let number else {
      refuse(name, "wrong_type", "This must be a number.")
      return nil
    }
    guard abs(number) <= bound else {
      refuse(name, "out_of_range", "This must lie between -\(Int(bound)) and \(Int(bound)).")
      return nil
    }
    return number
  }

  package mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) -> Choice? where Choice.RawValue == String {
    guard let text = optionalText(name, 0...64) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    refuse(name, "not_a_choice", "This must be one of: \(choices).")
    return nil
  }

  package mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, else stand: Choice
  ) -> Choice where Choice.RawValue == String {
    guard present(name) != nil else {
      refuse(name, "required", "This field is required.")
      return stand
    }
    return optionalChoice(name, Choice.self) ?? stand
  }

  package mutating func optionalTexts(_ name: String, count: ClosedRange<Int>) -> [String]? {
    guard let value = present(name) else { return nil }
    guard case .array(let values) = value else {
      refuse(name, "wrong_type", "This must be a list of texts.")
      return nil
    }
    let texts = values.compactMap(\.string)
    guard texts.count == values.count, count.contains(texts.count) else {
      refuse(
        name, "invalid_list",
        "This must be a list of \(count.lowerBound) to \(count.upperBound) texts.")
      return nil
    }
    return texts
  }

  // MARK: Changes: left out means unchanged, null means cleared

  /// Reads the field with `read` when it is there.
  package mutating func change<Value>(
    _ name: String, _ read: (inout Fields, String) -> Value
  ) -> Change<Value> {
    guard has(name) else { return .unchanged }
    return .to(read(&self, name))
  }

  // MARK: Checks

  /// The value of a member that is there and not null.
  func present(_ name: String) -> JSONValue? {
    guard let value = members[name], value != .null else { return nil }
    return value
  }

  private mutating func check(
    _ name: String, _ value: JSONValue, _ length: ClosedRange<Int>, _ rule: TextRule
  ) -> String? {
    guard case .string(let text) = value else {
      refuse(name, "wrong_type", "This must be a text.")
      return nil
    }
    let count = text.unicodeScalars.count
    guard count <= length.upperBound else {
      refuse(name, "too_long", "This may have at most \(length.upperBound) characters.")
      return nil
    }
    guard count >= length.lowerBound else {
      refuse(name, "too_short", "This needs at least \(length.lowerBound) characters.")
      return nil
    }
    guard rule.holds(text) else {
      refuse(name, rule.code, rule.message)
      return nil
    }
    return text
  }
}

/// What a PUT does to one field.
package enum Change<Value> {
  case unchanged
  case to(Value)

  package var isGiven: Bool { if case .to = self { true } else { false } }

  package func applied(to value: Value) -> Value {
    if case .to(let changed) = self { changed } else { value }
  }
}

extension Change: Sendable where Value: Sendable {}
