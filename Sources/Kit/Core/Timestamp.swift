internal import Glibc

/// An instant in microseconds since 1970, the precision Postgres keeps.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }
  package init(seconds: Int64) { microseconds = seconds * 1_000_000 }

  package var milliseconds: Int64 { microseconds.flooredQuotient(by: 1000) }
  package var seconds: Int64 { microseconds.flooredQuotient(by: 1_000_000) }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  package static func + (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(microseconds: time.microseconds + duration.microseconds)
  }

  package static func - (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(microseconds: time.microseconds - duration.microseconds)
  }

  package static func - (left: Timestamp, right: Timestamp) -> Duration {
    .microseconds(left.microseconds - right.microseconds)
  }
}

extension Duration {
  package var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
  package var milliseconds: Int64 { microseconds / 1000 }

  package static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
  package static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
  package static func days(_ count: Int64) -> Duration { .seconds(count * 86400) }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with milliseconds: `2026-01-31T08:30:00.000Z`.
  package var description: String {
    ASCII.text(24) { text in
      CalendarDate(daysSince1970: Int(milliseconds.flooredQuotient(by: 86_400_000)))
        .write(to: &text)
      text.append(UInt8(ascii: "T"))
      let clock = Int(milliseconds.flooredRemainder(by: 86_400_000))
      text.append(clock / 3_600_000, width: 2)
      text.append(UInt8(ascii: ":"))
      text.append(clock / 60_000 % 60, width: 2)
      text.append(UInt8(ascii: ":"))
      text.append(clock / 1000 % 60, width: 2)
      text.append(UInt8(ascii: "."))
      text.append(clock % 1000, width: 3)
      text.append(UInt8(ascii: "Z"))
    }
  }
}

extension Int64 {
  package func flooredQuotient(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
  package func flooredRemainder(by divisor: Int64) -> Int64 {
    self - flooredQuotient(by: divisor) * divisor
  }
}
