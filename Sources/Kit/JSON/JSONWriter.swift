internal import Core

/// Writes JSON into one growing array of bytes and sets the commas itself. What it is told to
/// write must make sense as JSON: it does not watch that brackets match.
package struct JSONWriter: ~Copyable, Sendable {
  private var buffer: ByteBuffer
  private var needsComma = false

  package init(reserving capacity: Int = 512) { buffer = ByteBuffer(capacity: capacity) }

  /// What is written so far.
  package var bytes: [UInt8] { buffer.bytes }
  package var count: Int { buffer.count }

  package mutating func beginObject() { begin(UInt8(ascii: "{")) }
  package mutating func endObject() { end(UInt8(ascii: "}")) }
  package mutating func beginArray() { begin(UInt8(ascii: "[")) }
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  /// The key as it stands.
  package mutating func key(_ name: String) {
    separate()
    quote(name)
    buffer.append(UInt8(ascii: ":"))
  }

  /// `fullName` as `full_name`, `ownerID` as `owner_id`.
  package mutating func key(snakeCase name: String) {
    separate()
    quoteSnakeCase(name)
    buffer.append(UInt8(ascii: ":"))
  }

  package mutating func string(_ value: String) {
    separate()
    quote(value)
    needsComma = true
  }

  /// A string that has nothing to escape.
  mutating func plain(_ value: String) {
    separate()
    buffer.append(UInt8(ascii: "\""))
    buffer.append(value.utf8Span.span)
    buffer.append(UInt8(ascii: "\""))
    needsComma = true
  }

  package mutating func integer(_ value: some FixedWidthInteger) {
    separate()
    if value < 0 { buffer.append(UInt8(ascii: "-")) }
    digits(of: value.magnitude)
    needsComma = true
  }

  package mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
  package mutating func null() { word("null") }

  /// After a whole value, where values stand one in a line.
  package mutating func endLine() {
    buffer.append(UInt8(ascii: "\n"))
    needsComma = false
  }

  /// One value that is JSON already.
  package mutating func raw(_ value: [UInt8]) {
    separate()
    buffer.append(value.span)
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
    buffer.append(text.utf8Span.span)
    needsComma = true
  }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    buffer.append(bracket)
  }

  private mutating func end(_ bracket: UInt8) {
    buffer.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { buffer.append(UInt8(ascii: ",")) }
    needsComma = false
  }

  private mutating func digits(of value: some FixedWidthInteger) {
    var digits = InlineArray<39, UInt8>(repeating: 0)  // 2^128 has so many
    var first = 39
    var rest = value
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in first..<39 { buffer.append(digits[index]) }
  }
}

// MARK: - Strings

extension JSONWriter {
  private mutating func quote(_ text: String) {
    let span = text.utf8Span.span
    buffer.append(UInt8(ascii: "\""))
    if Self.any(of: span, Self.mustEscape) {
      for index in span.indices { append(span[index]) }
    } else {
      buffer.append(span)
    }
    buffer.append(UInt8(ascii: "\""))
  }

  /// An underscore goes before a capital that follows a small letter or a digit, and before
  /// the last capital of a row when a small letter follows: `baseURLText` is `base_url_text`.
  private mutating func quoteSnakeCase(_ name: String) {
    let span = name.utf8Span.span
    guard Self.any(of: span, Self.isCapital) else { return quote(name) }
    buffer.append(UInt8(ascii: "\""))
    for index in span.indices {
      let byte = span[index]
      guard Self.isCapital(byte) else {
        append(byte)
        continue
      }
      if index > 0 {
        let before = span[index - 1]
        let startsWord = index + 1 < span.count && Self.isSmall(span[index + 1])
        let follows = Self.isCapital(before) ? startsWord : before != UInt8(ascii: "_")
        if follows { buffer.append(UInt8(ascii: "_")) }
      }
      buffer.append(byte | 0x20)
    }
    buffer.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ byte: UInt8) {
    if Self.mustEscape(byte) { escape(byte) } else { buffer.append(byte) }
  }

  private mutating func escape(_ byte: UInt8) {
    buffer.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\n"): buffer.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): buffer.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): buffer.append(UInt8(ascii: "t"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): buffer.append(byte)
    default: buffer.append("u00\(Hex.encode([byte]))".utf8Span.span)
    }
  }

  /// Looks at every byte, even after the first hit: without a branch, and without a check of
  /// bounds, the compiler looks at sixteen at a time.
  @inline(__always)
  private static func any(of span: Span<UInt8>, _ matches: (UInt8) -> Bool) -> Bool {
    unsafe span.withUnsafeBufferPointer { bytes in
      var found = false
      for index in bytes.indices { found = unsafe matches(bytes[index]) || found }
      return found
    }
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }
  private static func isCapital(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
  private static func isSmall(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
