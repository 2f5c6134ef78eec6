/// A statement and its values. Interpolation binds: `"… WHERE id = \(id)"` sends `$1` and the
/// value apart from the text. Raw text needs `\(unescaped:)`; a fragment that is itself `SQL` is
/// taken in with its values.
package struct SQL: Sendable {
  package let text: String
  let binds: Binds
  /// The text around the values: one piece more than there are values.
  private let pieces: [String]

  private static let bindsMax = 65535

  private init(pieces: [String], binds: Binds) {
    self.pieces = pieces
    self.binds = binds
    var text = pieces[0]
    for index in 1..<max(pieces.count, 1) {
      text += "$\(index)"
      text += pieces[index]
    }
    self.text = text
  }

  /// Throws `.invalidValue` for what the protocol cannot carry.
  func check() throws(PostgresError) {
    guard !binds.holdsZeroByte, !text.utf8.contains(0) else {
      throw PostgresError(.invalidValue, "a text holds a zero byte")
    }
    guard binds.count <= Self.bindsMax else {
      throw PostgresError(.invalidValue, "more than \(Self.bindsMax) values in a statement")
    }
  }
}

extension SQL: ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) {
    self.init(pieces: [text], binds: Binds())
  }

  package init(stringInterpolation: StringInterpolation) {
    self.init(pieces: stringInterpolation.pieces, binds: stringInterpolation.binds)
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces = [""]
    fileprivate var binds = Binds()

    package init(literalCapacity: Int, interpolationCount: Int) {
      pieces.reserveCapacity(interpolationCount + 1)
    }

    package mutating func appendLiteral(_ text: String) {
      pieces[pieces.count - 1] += text
    }

    package mutating func appendInterpolation(_ value: some Bindable) {
      value.bind(to: &binds)
      pieces.append("")
    }

    package mutating func appendInterpolation<Value: Bindable>(_ value: Value?) {
      value.bind(to: &binds)
      pieces.append("")
    }

    package mutating func appendInterpolation(unescaped text: String) {
      appendLiteral(text)
    }

    /// A number that the plan should know, such as how many rows are wanted: Postgres keeps one
    /// plan for all values of a parameter, and a limit it does not know makes it plan every time.
    package mutating func appendInterpolation(constant number: Int) {
      appendLiteral(String(number))
    }

    package mutating func appendInterpolation(_ fragment: SQL) {
      appendLiteral(fragment.pieces[0])
      pieces.append(contentsOf: fragment.pieces.dropFirst())
      binds.append(fragment.binds)
    }
  }
}
