/// A JSON document as a tree, for what has no type of its own: request bodies before they are
/// validated, payloads of events, answers in tests.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Any other number, in the form it was written: never through floating point.
  case decimal(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// Reads strict RFC 8259. Throws a `JSONError` for anything else, and for what is legal but
  /// harmful: duplicate keys, more than 32 levels, the zero character, numbers over 64 characters.
  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes)
    return try parser.document()
  }

  /// Nil when this is no object or has no such member.
  package subscript(key: String) -> JSONValue? { object?[key] }

  /// Nil when this is no array or is shorter.
  package subscript(index: Int) -> JSONValue? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }

  package var isNull: Bool { self == .null }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }
  package var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }
  package var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The document as JSON without spaces.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }
}

/// Chains need no question marks: `answer["data"]["items"][0]["id"].string`.
extension JSONValue? {
  package subscript(key: String) -> JSONValue? { self?[key] }
  package subscript(index: Int) -> JSONValue? { self?[index] }
  package var bool: Bool? { self?.bool }
  package var integer: Int64? { self?.integer }
  package var string: String? { self?.string }
  package var array: [JSONValue]? { self?.array }
  package var object: JSONObject? { self?.object }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral values: JSONValue...) { self = .array(values) }

  /// A key written twice is a mistake in the program.
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in members {
      let isNew = object.insert(key, value)
      precondition(isNew, "duplicate key in a JSON literal")
    }
    self = .object(object)
  }
}

extension JSONValue: CustomStringConvertible {
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
