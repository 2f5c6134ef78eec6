/// The words after a command's name: flags, options with a value, and the rest in its order.
struct Arguments {
  private var words: [String]

  init(_ words: [String]) { self.words = words }

  /// Whether one of these names was given.
  mutating func flag(_ names: String...) -> Bool {
    let count = words.count
    words.removeAll { names.contains($0) }
    return words.count < count
  }

  /// The value after `--name` or in `--name=value`; the last one counts. Throws when it is
  /// missing.
  mutating func option(_ names: String...) throws -> String? {
    try options(names).last
  }

  /// As `option`, for one that may be given several times.
  mutating func options(_ names: [String]) throws -> [String] {
    var values: [String] = []
    var others: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if names.contains(word) {
        guard let value = rest.popFirst() else { throw UsageError("\(word) needs a value") }
        values.append(value)
      } else if let name = names.first(where: { word.hasPrefix("\($0)=") }) {
        values.append(String(word.dropFirst(name.count + 1)))
      } else {
        others.append(word)
      }
    }
    words = others
    return values
  }

  mutating func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = try option(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "\(name) must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return number
  }

  /// What is left, `atMost` words. Throws for an option nobody asked for.
  mutating func rest(atMost count: Int) throws -> [String] {
    if let option = words.first(where: { $0.hasPrefix("-") && $0 != "-" }) {
      throw UsageError("there is no option \(option) here")
    }
    guard words.count <= count else { throw UsageError("'\(words[count])' is one word too many") }
    defer { words = [] }
    return words
  }

  /// Everything not yet taken, options too, for whoever is to understand it.
  mutating func everything() -> [String] {
    defer { words = [] }
    return words
  }
}

/// The command line was not understood.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Something does not work, said together with what to do about it.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
