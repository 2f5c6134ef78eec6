internal import Core

/// Writes JSON into one growing array of bytes and sets the commas itself. What it is told to
/// write must make sense as JSON: it does not watch that brackets match.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(reserving capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  package mutating func beginObject() { begin(UInt8(ascii: "{")) }
  package mutating func endObject() { end(UInt8(ascii: "}")) }
  package mutating func beginArray() { begin(UInt8(ascii: "[")) }
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  /// The key as it stands.
  package mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
  }

  /// `fullName` as `full_name`, `ownerID` as `owner_id`.
  package mutating func key(snakeCase name: String) {
    separate()
    quoteSnakeCase(name)
    bytes.append(UInt8(ascii: ":"))
  }

  package mutating func string(_ value: String) {
    separate()
    quote(value)
    needsComma = true
  }

  package mutating func integer(_ value: some FixedWidthInteger) {
    separate()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    digits(UInt64(value.magnitude))
    needsComma = true
  }

  package mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
  package mutating func null() { word("null") }

  /// One value that is JSON already.
  package mutating func raw(_ value: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: value)
    needsComma = true
  }

  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .decimal(let text): word(text)
    case .string(let text): string(text)
    case .array(let values):
      beginArray()
      for value in values { self.value(value) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        key(member.key)
        self.value(member.value)
      }
      endObject()
    }
  }

  /// A literal or a number: anything that needs neither quotes nor escapes.
  mutating func word(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
  }

  private mutating func end(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = false
  }

  private mutating func digits(_ value: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)  // 2^64 has twenty
    var first = 20
    var rest = value
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in first..<20 { bytes.append(digits[index]) }
  }
}

// MARK: - Strings

extension JSONWriter {
  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if needsEscape(text) {
      for byte in text.utf8 { escaped(byte) }
    } else {
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private func needsEscape(_ text: String) -> Bool {
    let span = text.utf8Span.span
    for index in span.indices where Self.mustEscape(span[index]) { return true }
    return false
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escaped(_ byte: UInt8) {
    guard Self.mustEscape(byte) else { return bytes.append(byte) }
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    default: bytes.append(contentsOf: "u00\(Hex.encode([byte]))".utf8)
    }
  }

  /// An underscore goes before a capital that follows a small letter or a digit, and before
  /// the last capital of a row when a small letter follows: `baseURLText` is `base_url_text`.
  private mutating func quoteSnakeCase(_ name: String) {
    bytes.append(UInt8(ascii: "\""))
    let span = name.utf8Span.span
    for index in span.indices {
      let byte = span[index]
      guard Self.isCapital(byte) else {
        escaped(byte)
        continue
      }
      if index > 0 {
        let before = span[index - 1]
        let startsWord = index + 1 < span.count && Self.isSmall(span[index + 1])
        let follows = Self.isCapital(before) ? startsWord : before != UInt8(ascii: "_")
        if follows { bytes.append(UInt8(ascii: "_")) }
      }
      bytes.append(byte | 0x20)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func isCapital(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
  private static func isSmall(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
