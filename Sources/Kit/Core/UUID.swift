/// A 128-bit identifier. New ones are version 7: they start with the time, so that indexes grow
/// at one end and ids sort by age.
package struct UUID: Hashable, Comparable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Version 7: 48 bits of milliseconds, then random bits around version and variant.
  package init(milliseconds: Int64, random: (UInt64, UInt64)) {
    let time = UInt64(bitPattern: milliseconds) << 16
    high = time | 0x7000 | (random.0 & 0x0fff)
    low = 0x8000_0000_0000_0000 | (random.1 >> 2)
  }

  /// Not above any new one of that time: what is below it is older.
  package static func least(at time: Timestamp) -> UUID {
    UUID(high: UInt64(bitPattern: time.milliseconds) << 16, low: 0)
  }

  package static func < (left: UUID, right: UUID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// The sixteen bytes in network order, as Postgres sends and takes them.
  package var bytes: [UInt8] {
    var bytes = [UInt8]()
    bytes.reserveCapacity(16)
    for word in [high, low] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      if index < 8 {
        words.0 = words.0 << 8 | UInt64(byte)
      } else {
        words.1 = words.1 << 8 | UInt64(byte)
      }
    }
    self.init(high: words.0, low: words.1)
  }
}

extension UUID: CustomStringConvertible {
  /// The usual form of 8-4-4-4-12 hexadecimal digits.
  package var description: String {
    let digits = Hex.encode(bytes)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append("-") }
      text.append(digit)
    }
    return text
  }
}
