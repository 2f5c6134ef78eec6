/// A day of the Gregorian calendar without a time, such as a birthday.
package struct CalendarDate: Hashable, Sendable {
  package let year: Int
  package let month: Int
  package let day: Int

  /// Nil unless the day exists: `2026-02-29` does not.
  package init?(_ text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 10, digits[4] == UInt8(ascii: "-"), digits[7] == UInt8(ascii: "-"),
      let year = Int(decimal: digits[0..<4]), let month = Int(decimal: digits[5..<7]),
      let day = Int(decimal: digits[8..<10]),
      (1...12).contains(month), day >= 1, year >= 1
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
    guard CalendarDate(daysSince1970: daysSince1970) == self else { return nil }
  }

  /// Howard Hinnant's civil-from-days: shifts the year to begin in March, so that the leap day
  /// is the last of a year.
  package init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package var daysSince1970: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  func write(to text: inout ASCII) {
    text.append(year, width: 4)
    text.append(UInt8(ascii: "-"))
    text.append(month, width: 2)
    text.append(UInt8(ascii: "-"))
    text.append(day, width: 2)
  }
}

extension CalendarDate: CustomStringConvertible {
  package var description: String {
    ASCII.text(10) { write(to: &$0) }
  }
}

extension Int {
  /// Digits only: no sign, no space.
  init?(decimal digits: some Collection<UInt8>) {
    var value = 0
    for digit in digits {
      guard (48...57).contains(digit) else { return nil }
      value = value * 10 + Int(digit - 48)
    }
    self = value
  }
}
