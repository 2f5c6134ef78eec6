/// Crockford's base 32 in lower case: 26 characters for a UUID, no letter taken for a digit.
package enum Base32 {
  private static let alphabet: InlineArray<32, UInt8> = {
    var letters = InlineArray<32, UInt8>(repeating: 0)
    for (index, byte) in "0123456789abcdefghjkmnpqrstvwxyz".utf8.enumerated() {
      letters[index] = byte
    }
    return letters
  }()

  static func write(_ uuid: UUID, to text: inout ASCII) {
    text.append(alphabet[Int(uuid.high >> 61)])
    for shift in stride(from: 120, through: 0, by: -5) {
      let five =
        shift >= 64
        ? uuid.high >> UInt64(shift - 64)
        : uuid.low >> UInt64(shift) | (shift > 59 ? uuid.high << UInt64(64 - shift) : 0)
      text.append(alphabet[Int(five & 31)])
    }
  }

  /// Nil unless it is exactly the form `encode` makes: one text for one id.
  package static func decode(_ text: some Collection<UInt8>) -> UUID? {
    guard text.count == 26, let first = text.first, first >= 48, first <= 55 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for character in text {
      guard let value = value(of: character) else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(value)
    }
    return UUID(high: high, low: low)
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case 48...57: character - 48
    case 97...104: character - 97 + 10  // a–h
    case 106...107: character - 106 + 18  // j k
    case 109...110: character - 109 + 20  // m n
    case 112...116: character - 112 + 22  // p–t
    case 118...122: character - 118 + 27  // v–z
    default: nil
    }
  }
}
