internal import Core

/// The forms that text takes in a mail.
enum MailText {
  /// A name and an address as a header has them.
  static func mailbox(_ name: String, _ address: String, _ lineEnd: String) -> String {
    let (name, address) = (line(name), line(address))
    guard !name.isEmpty else { return address }
    return "\(phrase(name, lineEnd)) <\(address)>"
  }

  /// What is not plain goes as encoded words (RFC 2047), each on a line of its own: these hold no
  /// more than 76 characters, and no server takes any of more than a thousand.
  static func header(_ text: String, _ lineEnd: String) -> String {
    let text = line(text)
    guard !isPlain(text) else { return text }
    var words: [String] = []
    var word: [UInt8] = []
    // What looks like one character may be made of hundreds.
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if !word.isEmpty, word.count + bytes.count > 39 {
        words.append(encoded(word))
        word = []
      }
      word += bytes
    }
    return (words + [encoded(word)]).joined(separator: "\(lineEnd) ")
  }

  private static func phrase(_ name: String, _ lineEnd: String) -> String {
    guard isPlain(name) else { return header(name, lineEnd) }
    let isAtom = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
    if isAtom { return name }
    let escaped = name.map { "\\\"".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    return "\"\(escaped)\""
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !text.holds("=?")
      && text.utf8.count <= 900
  }

  private static func encoded(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.encode(bytes))?=" }

  /// A line break in a value would begin another header.
  static func line(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: line.append(" ")
      default: line.append(scalar)
      }
    }
    return String(line)
  }

  /// As a part of a mail has it: lines of 76 characters.
  static func base64Lines(_ text: String) -> [String] {
    var rest = Base64.encode(Array(text.utf8))[...]
    var lines: [String] = []
    while !rest.isEmpty {
      lines.append(String(rest.prefix(76)))
      rest = rest.dropFirst(76)
    }
    return lines
  }

  static func html(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  static func date(_ time: Timestamp) -> String {
    let days = Int(time.seconds.flooredQuotient(by: 86_400))
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let date = CalendarDate(daysSince1970: days)
    let clock = time.description.dropFirst(11).prefix(8)
    let weekday = names[(days % 7 + 7) % 7]
    return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(clock) +0000"
  }
}
