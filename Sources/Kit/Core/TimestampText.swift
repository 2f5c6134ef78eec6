extension Timestamp {
  /// Reads RFC 3339: `2026-01-31T08:30:00Z`, with a fraction of a second of up to six digits and
  /// any offset. Nil for anything else, for a day that does not exist, and for a leap second.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 32,
      let date = CalendarDate(String(decoding: bytes[..<10], as: UTF8.self)),
      bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"),
      let hour = Self.number(bytes[11..<13], below: 24),
      let minute = Self.number(bytes[14..<16], below: 60),
      let second = Self.number(bytes[17..<19], below: 60)
    else { return nil }
    var rest = bytes[19...]
    guard let fraction = Self.fraction(&rest), let offset = Self.offset(rest) else { return nil }
    let seconds = Int64(date.daysSince1970) * 86400 + hour * 3600 + minute * 60 + second - offset
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  private static func number(_ digits: ArraySlice<UInt8>, below limit: Int64) -> Int64? {
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    let value = digits.reduce(0 as Int64) { $0 * 10 + Int64($1 - 48) }
    return value < limit ? value : nil
  }

  /// In microseconds; takes the digits off `rest`.
  private static func fraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard rest.first == UInt8(ascii: ".") else { return 0 }
    let digits = rest.dropFirst().prefix { (48...57).contains($0) }
    guard (1...6).contains(digits.count), let value = number(digits, below: 1_000_000) else {
      return nil
    }
    rest = rest[digits.endIndex...]
    return (digits.count..<6).reduce(value) { value, _ in value * 10 }
  }

  /// In seconds.
  private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
    guard let sign = zone.first else { return nil }
    if sign | 0x20 == UInt8(ascii: "z") { return zone.count == 1 ? 0 : nil }
    let digits = Array(zone.dropFirst())
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), digits.count == 5,
      digits[2] == UInt8(ascii: ":"), let hours = number(digits[..<2], below: 24),
      let minutes = number(digits[3...], below: 60)
    else { return nil }
    let seconds = hours * 3600 + minutes * 60
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }
}
