/// The mail was not taken, or nobody knows. The code is curl's.
package struct SMTPError: Error, Equatable, CustomStringConvertible {
  package let code: Int
  package let message: String
  /// No repetition will help: the server does not know this recipient.
  package let isForGood: Bool

  package var description: String { "curl error \(code): \(message)" }

  /// Whether an answer to RCPT says that there is no such mailbox. What is refused there otherwise
  /// (`554 5.7.1 Relay access denied`, a quota, a list with our address on it) can be mended.
  static func deniesMailbox(_ answer: String) -> Bool {
    let words = answer.split(separator: " ", maxSplits: 2)
    guard let code = words.first else { return false }
    // RFC 3463: the class, the subject and the detail.
    if words.count > 1, words[1].hasPrefix("5."), words[1].split(separator: ".").count == 3 {
      return ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(words[1])
    }
    return ["550", "551", "553"].contains(code)
  }
}
