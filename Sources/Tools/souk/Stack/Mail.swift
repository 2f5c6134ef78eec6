import Core
import JSON

/// One mail as text (RFC 5322).
struct Mail {
  private let template: String
  private let to: String
  private let values: JSONObject
  private let time: Timestamp

  /// Nil when the event's payload lacks what a mail needs.
  init?(_ payload: JSONValue, at time: Timestamp) {
    guard let template = payload["template"]?.string, let to = payload["to"]?.string else {
      return nil
    }
    self.template = template
    self.to = to
    self.time = time
    values = payload["values"]?.object ?? JSONObject()
  }

  /// In a name only what cannot be part of a path; the rest becomes `_`.
  func fileName(sequence: Int) -> String {
    "\(sequence)-\(Self.plain(template))-\(Self.plain(to)).eml"
  }

  private static func plain(_ text: String) -> String {
    String(
      text.prefix(100).map {
        $0.isASCII && ($0.isLetter || $0.isNumber) || "@._-+".contains($0) ? $0 : "_"
      })
  }

  var text: String {
    """
    From: Souk <no-reply@souk.example>
    To: \(Self.line(to))
    Subject: \(subject)
    Date: \(Self.date(time))
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8

    Hello \(values["full_name"]?.string ?? "there"),

    \(message)

    \(values["url"]?.string ?? "")
    Token: \(values["token"]?.string ?? "none")

    """
  }

  private var subject: String {
    switch template {
    case "verify_email": "Confirm your e-mail address"
    case "reset_password": "Choose a new password"
    case "password_changed": "Your password was changed"
    default: Self.line(template)
    }
  }

  private var message: String {
    switch template {
    case "verify_email": "please confirm that this address is yours:"
    case "reset_password": "somebody, we hope you, asked for a new password. It is set here:"
    case "password_changed": "your password was changed. If that was not you, reset it at once."
    default: "this is about \(template)."
    }
  }

  /// A line break in an address would begin another header.
  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  private static func date(_ time: Timestamp) -> String {
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
