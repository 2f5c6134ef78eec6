/// The mail was not taken, or nobody knows. The code is curl's.
package struct SMTPError: Error, Equatable, CustomStringConvertible {
  package let code: Int
  package let message: String
  /// No repetition will help: the server does not know this recipient.
  package let isForGood: Bool

  package var description: String { "curl error \(code): \(message)" }

  /// Whether an answer to RCPT says that there is no such mailbox. What is refused there otherwise
  /// (`554 5.7.1 Relay access denied`, a quota, a list with our address on it) can be mended. So
  /// can what a bare 550 means at some servers: it counts only with its detail (RFC 3463).
  static func deniesMailbox(_ answer: String) -> Bool {
    let words = answer.split(separator: " ", maxSplits: 2)
    return words.count > 1
      && ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(words[1])
  }
}
