/// The values of one statement, laid out as the protocol takes them, and arrays, too: every value
/// after its length, which is -1 for NULL.
package struct Binds: Sendable {
  private(set) var types: [UInt32] = []
  private(set) var formats: [Int16] = []
  private(set) var values: [UInt8] = []
  private(set) var holdsNull = false
  /// A text with a zero byte, which no server takes: refused before sending.
  private(set) var holdsZeroByte = false

  private static let text: Int16 = 0
  private static let binary: Int16 = 1

  var count: Int { types.count }

  mutating func appendNull(type: UInt32) {
    begin(type: type, format: Self.binary)
    values.append(bigEndian: -1 as Int32)
    holdsNull = true
  }

  /// Postgres infers the type from where the text stands, as it does for a literal.
  mutating func appendText(_ text: String) {
    begin(type: TypeID.inferred, format: Self.text)
    var text = text
    text.withUTF8 { bytes in
      values.append(length: bytes.count)
      unsafe values.append(contentsOf: bytes)
      if unsafe bytes.contains(0) { holdsZeroByte = true }
    }
  }

  mutating func append(_ value: some Collection<UInt8>, type: UInt32) {
    begin(type: type, format: Self.binary)
    values.append(length: value.count)
    values.append(contentsOf: value)
  }

  mutating func append(_ value: some FixedWidthInteger, type: UInt32) {
    begin(type: type, format: Self.binary)
    values.append(length: value.bitWidth / 8)
    values.append(bigEndian: value)
  }

  mutating func append(_ other: Binds) {
    types += other.types
    formats += other.formats
    values += other.values
    holdsNull = holdsNull || other.holdsNull
    holdsZeroByte = holdsZeroByte || other.holdsZeroByte
  }

  private mutating func begin(type: UInt32, format: Int16) {
    types.append(type)
    formats.append(format)
  }
}

extension [UInt8] {
  mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
    for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> Value(shift)))
    }
  }

  /// The protocol counts in 32 bits; Postgres refuses far smaller values than this limit.
  fileprivate mutating func append(length: Int) { append(bigEndian: Int32(clamping: length)) }
}
