/// Rows for `Transaction.copy`, in the text form of COPY.
package struct CopyRows {
  private(set) var bytes: [UInt8] = []
  private var isAtStart = true

  package init() {}

  package var byteCount: Int { bytes.count }

  /// The next column of the row.
  package mutating func add(_ text: String) {
    separate()
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes += [byte, byte]
      case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
      case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
      case UInt8(ascii: "\r"): bytes += Array("\\r".utf8)
      default: bytes.append(byte)
      }
    }
  }

  package mutating func add(_ number: some BinaryInteger) { add(String(number)) }

  package mutating func addNull() {
    separate()
    bytes += Array("\\N".utf8)
  }

  package mutating func endRow() {
    bytes.append(UInt8(ascii: "\n"))
    isAtStart = true
  }

  private mutating func separate() {
    if !isAtStart { bytes.append(UInt8(ascii: "\t")) }
    isAtStart = false
  }
}
