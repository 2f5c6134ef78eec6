/// A rule for the content of a text field, with what to tell the client when it does not hold.
package struct TextRule: Sendable {
  package let code: String
  package let message: String
  package let holds: @Sendable (String) -> Bool

  package init(_ code: String, _ message: String, _ holds: @escaping @Sendable (String) -> Bool) {
    self.code = code
    self.message = message
    self.holds = holds
  }

  /// No rule but the length, for secrets, which are taken as they are.
  package static let any = TextRule("", "") { _ in true }

  /// A line of text people read: not blank, no control characters.
  package static let line = TextRule(
    "invalid_text", "This must not be blank and must not contain control characters."
  ) { text in
    !text.unicodeScalars.contains(where: \.isControl)
      && text.unicodeScalars.contains { !$0.properties.isWhitespace }
  }

  /// Like `line`, but it may be blank: clients send empty fields of forms.
  package static let blankableLine = TextRule(
    "invalid_text", "This must not contain control characters."
  ) { text in !text.unicodeScalars.contains(where: \.isControl) }

  /// A text of many lines, or none.
  package static let prose = TextRule(
    "invalid_text", "This must not contain control characters other than line breaks and tabs."
  ) { text in
    !text.unicodeScalars.contains { $0.isControl && !["\n", "\r", "\t"].contains($0) }
  }

  package static let email = TextRule(
    "invalid_email", "This must be an e-mail address, as in ana@example.com."
  ) { text in
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count) else { return false }
    return isDotted(parts[0], minimum: 1, of: isMailboxCharacter)
      && isDotted(parts[1], minimum: 2, of: isHostCharacter)
  }

  package static let phone = TextRule(
    "invalid_phone", "This must be a phone number, as in +84 90 123 4567."
  ) { text in
    let characters = Array(text.utf8)
    let rest = characters.first == UInt8(ascii: "+") ? characters.dropFirst() : characters[...]
    guard let first = rest.first, isDigit(first), rest.count >= 6 else { return false }
    return rest.allSatisfy { isDigit($0) || " ()-".utf8.contains($0) }
  }

  package static let webAddress = TextRule(
    "invalid_url", "This must be an http or https address."
  ) { text in
    let rest =
      text.hasPrefix("https://")
      ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
    guard let first = rest.utf8.first, isHostCharacter(first) else { return false }
    return rest.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"\"<>\\^`{|}".utf8.contains($0) }
  }

  package static let country = TextRule(
    "invalid_country", "This must be a two-letter country code in capitals, as in VN."
  ) { $0.utf8.allSatisfy { (65...90).contains($0) } }

  package static let username = TextRule(
    "invalid_username", "This may have letters, digits, dots and underscores only."
  ) { $0.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == 46 || $0 == 95 } }

  private static func isDotted(
    _ text: Substring.UTF8View.SubSequence, minimum: Int, of allowed: (UInt8) -> Bool
  ) -> Bool {
    let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.count >= minimum
      && labels.allSatisfy { !$0.isEmpty && $0.count <= 64 && $0.allSatisfy(allowed) }
  }

  private static func isMailboxCharacter(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }

  private static func isHostCharacter(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { value < 32 || (127...159).contains(value) }
}
