package import Core
package import JSON

/// Numbers, ids, times and lists in a body.
extension Fields {
  // MARK: Numbers

  /// Returns the lower bound where it refuses.
  package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int {
    guard present(name) != nil else {
      refuse(name, "required", "This field is required.")
      return range.lowerBound
    }
    return optionalInteger(name, in: range) ?? range.lowerBound
  }

  package mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let value = present(name) else { return nil }
    switch value {
    case .integer(let number) where range.contains(Int(number)): return Int(number)
    case .integer: break
    // A number with more digits than any we take is as much out of range.
    case .decimal(let text) where text.utf8.allSatisfy({ $0 == 45 || (48...57).contains($0) }):
      break
    default:
      refuse(name, "wrong_type", "This must be a whole number.")
      return nil
    }
    refuse(
      name, "out_of_range",
      "This must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    return nil
  }

  // MARK: Ids and times

  package mutating func optionalID<Kind>(_ name: String, _ kind: Kind.Type = Kind.self) -> ID<Kind>?
  {
    guard let value = present(name) else { return nil }
    if let text = value.string, let id = ID<Kind>(text) { return id }
    refuse(name, "invalid_id", "This must be an id that begins with \(Kind.prefix)_.")
    return nil
  }

  package mutating func optionalIDs<Kind>(
    _ name: String, upTo count: Int, _ kind: Kind.Type = Kind.self
  ) -> [ID<Kind>]? {
    guard let value = present(name) else { return nil }
    let ids = (value.array ?? []).map { $0.string.flatMap { ID<Kind>($0) } }
    guard value.array != nil, ids.count <= count, !ids.contains(nil) else {
      refuse(
        name, "invalid_list",
        "This must be a list of at most \(count) ids that begin with \(Kind.prefix)_.")
      return nil
    }
    return ids.compactMap(\.self)
  }

  package mutating func optionalTimestamp(_ name: String) -> Timestamp? {
    guard let value = present(name) else { return nil }
    if let text = value.string, let time = Timestamp(text) { return time }
    refuse(name, "invalid_time", "This must be a time as in 2026-01-31T08:30:00Z.")
    return nil
  }

  // MARK: Money

  /// `{"amount": 1999, "currency": "USD"}` of at least one minor unit, or of none at all where that
  /// is a price as well.
  package mutating func optionalMoney(_ name: String, mayBeNothing: Bool = false) -> Money? {
    guard let value = present(name) else { return nil }
    guard case .object(let members) = value else {
      refuse(name, "wrong_type", "This must be an object with amount and currency.")
      return nil
    }
    return inside(members, at: name) { $0.amountAndCurrency(atLeast: mayBeNothing ? 0 : 1) }
  }

  package mutating func money(_ name: String) -> Money {
    guard present(name) != nil else {
      refuse(name, "required", "This field is required.")
      return Money(1, .none)
    }
    return optionalMoney(name) ?? Money(1, .none)
  }

  // MARK: What is nested

  /// Any JSON as it is.
  package func value(_ name: String) -> JSONValue? { present(name) }

  /// The object of this name, nil when it is not there.
  package mutating func object<Body: RequestBody>(
    _ name: String, _ type: Body.Type = Body.self
  ) -> Body? {
    guard let value = present(name) else { return nil }
    guard case .object(let members) = value else {
      refuse(name, "wrong_type", "This must be an object.")
      return nil
    }
    return inside(type, members, at: name)
  }

  /// Reads an object inside this one. A fault in it is named as in `address.city`.
  private mutating func inside<Body: RequestBody>(
    _ type: Body.Type, _ members: JSONObject, at place: String
  ) -> Body {
    inside(members, at: place) { Body(&$0) }
  }

  private mutating func inside<Value>(
    _ members: JSONObject, at place: String, _ read: (inout Fields) -> Value
  ) -> Value {
    var fields = Fields(members)
    let value = read(&fields)
    for fault in fields.violations { refuse("\(place).\(fault.field)", fault.code, fault.message) }
    return value
  }

  /// A body that is one object, or a list of them. A fault in one of a list is named as in
  /// `[2].name`. Throws 400, or a 422 that lists every violation.
  package static func decodeAll<Body: RequestBody>(
    _ type: Body.Type, from value: JSONValue, upTo most: Int
  ) throws -> (bodies: [Body], isList: Bool) {
    guard case .array = value else { return ([try decode(type, from: value)], false) }
    var all = JSONObject()
    all[""] = value
    var fields = Fields(all)
    let bodies = fields.items("", count: 1...most, type)
    guard fields.violations.isEmpty else { throw Problem.invalid(fields.violations) }
    return (bodies, true)
  }

  // MARK: Lists of objects

  /// Reads each object of a list. A fault in one is named as in `items[2].quantity`.
  package mutating func items<Body: RequestBody>(
    _ name: String, count: ClosedRange<Int>, _ type: Body.Type = Body.self
  ) -> [Body] {
    guard let value = present(name) else {
      refuse(name, "required", "This field is required.")
      return []
    }
    guard let values = value.array, count.contains(values.count) else {
      refuse(
        name, "invalid_list",
        "This must be a list of \(count.lowerBound) to \(count.upperBound) objects.")
      return []
    }
    return values.enumerated().compactMap { index, value in
      guard case .object(let members) = value else {
        refuse("\(name)[\(index)]", "wrong_type", "This must be an object.")
        return nil
      }
      return inside(type, members, at: "\(name)[\(index)]")
    }
  }
}

extension Fields {
  fileprivate mutating func amountAndCurrency(atLeast least: Int) -> Money {
    let amount: Int
    if case .decimal(let text) = value("amount"), text.contains(where: ".eE".contains) {
      refuse("amount", "fractional_amount", "This must be a whole number of minor units.")
      amount = 1
    } else {
      amount = integer("amount", in: least...Money.amountMax)
    }
    let code = text("currency", 3...3, .currency)
    return Money(amount, Currency(rawValue: code) ?? .none)
  }
}

extension TextRule {
  package static let currency = TextRule(
    "invalid_currency", "This must be a currency code of three capitals, as in VND."
  ) { Currency(rawValue: $0) != nil && $0 != Currency.none.rawValue }
}
