internal import Core

/// The name of a key, `20260131T083000Z-4f1c`: when it was made, and four random digits. Names
/// sort by age.
struct KeyID: Hashable, Comparable, Sendable {
  let text: String
  let created: Timestamp

  init(created: Timestamp, randomness: Randomness) {
    let time = created.description.prefix(19).filter { $0 != "-" && $0 != ":" }
    text = "\(time)Z-\(Hex.encode(randomness.bytes(2)))"
    self.created = Timestamp(seconds: created.seconds)
  }

  /// Nil unless it is exactly such a name, so that it is safe as the name of a file.
  init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 16, parts[1].count == 4,
      parts[1].allSatisfy({ Hex.value(of: $0) != nil }), parts[0].last == UInt8(ascii: "Z"),
      let created = KeyID.time(Array(parts[0].dropLast()))
    else { return nil }
    self.text = text
    self.created = created
  }

  private static func time(_ digits: [UInt8]) -> Timestamp? {
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    func number(_ range: Range<Int>) -> Int? {
      digits[range].allSatisfy { (48...57).contains($0) } ? Int(part(range)) : nil
    }
    guard digits[8] == UInt8(ascii: "T"),
      let day = CalendarDate("\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"),
      let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15),
      hour < 24, minute < 60, second < 60
    else { return nil }
    return Timestamp(seconds: Int64(((day.daysSince1970 * 24 + hour) * 60 + minute) * 60 + second))
  }

  static func < (left: KeyID, right: KeyID) -> Bool { left.text < right.text }
}
