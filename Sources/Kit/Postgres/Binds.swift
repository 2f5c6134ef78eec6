/// The values of one statement, laid out as libpq takes them: one buffer, and parallel lists of
/// types, formats and lengths. Every value is followed by a zero byte, where libpq ends a text.
package struct Binds: Sendable {
  private(set) var types: [UInt32] = []
  private(set) var formats: [Int32] = []
  private(set) var lengths: [Int32] = []
  /// Where each value begins in `bytes`; nil is NULL.
  private(set) var offsets: [Int?] = []
  private(set) var bytes: [UInt8] = []
  /// A text with a zero byte, which libpq would silently cut: refused before sending.
  private(set) var holdsZeroByte = false

  private static let text: Int32 = 0
  private static let binary: Int32 = 1

  var count: Int { types.count }

  mutating func appendNull(type: UInt32) {
    types.append(type)
    formats.append(Self.binary)
    lengths.append(0)
    offsets.append(nil)
  }

  /// Postgres infers the type from where the text stands, as it does for a literal.
  mutating func appendText(_ text: String) {
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    if bytes[start...].contains(0) { holdsZeroByte = true }
    finish(type: TypeID.inferred, format: Self.text, start: start)
  }

  mutating func append(_ value: some Collection<UInt8>, type: UInt32) {
    let start = bytes.count
    bytes.append(contentsOf: value)
    finish(type: type, format: Self.binary, start: start)
  }

  mutating func append(_ value: some FixedWidthInteger, type: UInt32) {
    let start = bytes.count
    bytes.append(bigEndian: value)
    finish(type: type, format: Self.binary, start: start)
  }

  mutating func append(_ other: Binds) {
    let base = bytes.count
    types += other.types
    formats += other.formats
    lengths += other.lengths
    offsets += other.offsets.map { offset in offset.map { $0 + base } }
    bytes += other.bytes
    holdsZeroByte = holdsZeroByte || other.holdsZeroByte
  }

  /// The bytes of a value as sent, nil for NULL.
  func value(at index: Int) -> ArraySlice<UInt8>? {
    guard let start = offsets[index] else { return nil }
    return bytes[start..<start + Int(lengths[index])]
  }

  private mutating func finish(type: UInt32, format: Int32, start: Int) {
    types.append(type)
    formats.append(format)
    // libpq counts in 32 bits; Postgres refuses far smaller values than this limit.
    lengths.append(Int32(clamping: bytes.count - start))
    offsets.append(start)
    bytes.append(0)
  }
}

extension [UInt8] {
  mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
    for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> Value(shift)))
    }
  }
}
