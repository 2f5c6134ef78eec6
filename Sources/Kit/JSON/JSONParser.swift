/// A recursive descent over the bytes: one function per rule of RFC 8259, each called with
/// `position` at the first byte of what it reads.
struct JSONParser {
  static let maximumDepth = 32
  static let maximumNumberLength = 64

  let bytes: [UInt8]
  var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSONValue {
    skipSpace()
    guard current != nil else { throw JSONError(.empty, at: position, "nothing to read") }
    let value = try value(depth: 0)
    skipSpace()
    guard current == nil else {
      throw JSONError(.trailingBytes, at: position, "more after the end of the document")
    }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard let first = current else { throw unexpected(wanted: "a value") }
    switch first {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", means: .bool(true))
    case UInt8(ascii: "f"): return try word("false", means: .bool(false))
    case UInt8(ascii: "n"): return try word("null", means: .null)
    default: throw unexpected(wanted: "a value")
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    try enter(depth: depth)
    var object = JSONObject()
    if take(UInt8(ascii: "}")) { return object }
    repeat {
      skipSpace()
      let start = position
      guard current == UInt8(ascii: "\"") else { throw unexpected(wanted: "a key in quotes") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected(wanted: "a colon") }
      skipSpace()
      guard object.insert(key, try value(depth: depth)) else {
        throw JSONError(.duplicateKey, at: start, "duplicate key \"\(key.prefix(64))\"")
      }
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw unexpected(wanted: "a comma or }") }
    return object
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    try enter(depth: depth)
    var values: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return values }
    repeat {
      skipSpace()
      values.append(try value(depth: depth))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw unexpected(wanted: "a comma or ]") }
    return values
  }

  /// Steps over the opening bracket.
  private mutating func enter(depth: Int) throws(JSONError) {
    guard depth <= Self.maximumDepth else {
      throw JSONError(.tooDeep, at: position, "more than \(Self.maximumDepth) levels")
    }
    position += 1
    skipSpace()
  }

  private mutating func word(
    _ word: StaticString, means value: JSONValue
  ) throws(JSONError) -> JSONValue {
    let text = word.description.utf8
    guard bytes[position...].starts(with: text) else { throw unexpected(wanted: "a value") }
    position += text.count
    return value
  }
}

// MARK: - Bytes

extension JSONParser {
  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  func unexpected(wanted: String) -> JSONError {
    guard let byte = current else {
      return JSONError(.syntax, at: position, "the text ends where \(wanted) should stand")
    }
    let printable = (0x21...0x7e).contains(byte)
    let found = printable ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte value \(byte)"
    return JSONError(.syntax, at: position, "found \(found) instead of \(wanted)")
  }
}
