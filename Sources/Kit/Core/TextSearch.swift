extension StringProtocol {
  /// Whether `part` stands somewhere in the text, byte for byte. The standard library's `contains`
  /// would bring its engine for patterns into every function: 0.8 MB.
  package func holds(_ part: some StringProtocol) -> Bool {
    let (text, part) = (Array(utf8), Array(part.utf8))
    guard text.count >= part.count else { return false }
    return (0...(text.count - part.count)).contains { start in
      text[start...].starts(with: part)
    }
  }
}

extension Substring {
  /// What stands before the first separator, and what behind it: nil without one.
  package func halves(at separator: Character) -> (Substring, Substring?) {
    guard let index = firstIndex(of: separator) else { return (self, nil) }
    return (self[..<index], self[self.index(after: index)...])
  }
}
