/// Builds a short text byte by byte in the place where it will stay. Ids, times and digits are made
/// for every answer, log line and key: an array in between was felt.
/// Safe because nothing is written past the end, and nobody keeps it longer than the buffer.
@safe struct ASCII: ~Copyable {
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private var count = 0

  /// The text that `write` makes, of at most `capacity` bytes.
  static func text(_ capacity: Int, _ write: (inout ASCII) -> Void) -> String {
    unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
      var text = unsafe ASCII(buffer)
      write(&text)
      return text.count
    }
  }

  private init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
    unsafe self.buffer = buffer
  }

  mutating func append(_ byte: UInt8) {
    precondition(unsafe count < buffer.count)
    unsafe buffer[count] = byte
    count += 1
  }

  mutating func append(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  mutating func append(_ value: Int, width: Int) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}
