package import Core
internal import Glibc
internal import JSON

/// Writes one JSON line per entry: a constant message, the rest in dotted fields.
package struct Logger: Sendable {
  package enum Level: String, Sendable {
    case debug, info, warning, error
  }

  private let function: String
  private let clock: Clock
  private let write: @Sendable ([UInt8]) -> Void

  /// `write` gets whole lines. The default goes to standard error, one system call a line, so
  /// that lines of several workers and processes do not mix.
  package init(
    function: String, clock: Clock = .system,
    write: @escaping @Sendable ([UInt8]) -> Void = Logger.standardError
  ) {
    self.function = function
    self.clock = clock
    self.write = write
  }

  package func debug(_ message: StaticString, _ fields: KeyValuePairs<String, LogValue> = [:]) {
    log(.debug, message, fields.map { ($0.key, $0.value) })
  }

  package func info(_ message: StaticString, _ fields: KeyValuePairs<String, LogValue> = [:]) {
    log(.info, message, fields.map { ($0.key, $0.value) })
  }

  package func warning(_ message: StaticString, _ fields: KeyValuePairs<String, LogValue> = [:]) {
    log(.warning, message, fields.map { ($0.key, $0.value) })
  }

  package func error(_ message: StaticString, _ fields: KeyValuePairs<String, LogValue> = [:]) {
    log(.error, message, fields.map { ($0.key, $0.value) })
  }

  package func log(_ level: Level, _ message: StaticString, _ fields: [(String, LogValue)]) {
    write(line(level, message, fields))
  }

  /// Several whole lines in one piece.
  package func write(lines: [UInt8]) { write(lines) }

  package func line(
    _ level: Level, _ message: StaticString, _ fields: [(String, LogValue)]
  ) -> [UInt8] {
    var line = JSONWriter(reserving: 768)
    line.beginObject()
    line.key("ts")
    line.string(clock.now.description)
    line.key("level")
    line.string(level.rawValue)
    line.key("fn")
    line.string(function)
    line.key("msg")
    line.string(message.description)
    for (name, value) in fields {
      line.key(name)
      Redaction.hides(name) ? line.string("***") : value.write(to: &line)
    }
    line.endObject()
    line.endLine()
    return line.bytes
  }

  package static let standardError: @Sendable ([UInt8]) -> Void = { line in
    unsafe line.withUnsafeBytes { buffer in
      // A log that cannot be written must not stop the service: the count is not looked at.
      _ = unsafe Glibc.write(2, buffer.baseAddress, buffer.count)
    }
  }
}

package enum LogValue: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case text(String)
  case number(Int)
  case flag(Bool)

  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int) { self = .number(value) }

  fileprivate func write(to line: inout JSONWriter) {
    switch self {
    case .text(let text): line.string(text)
    case .number(let number): line.integer(Int64(number))
    case .flag(let flag): line.bool(flag)
    }
  }
}

/// Fields that never reach a log, whoever names them.
private enum Redaction {
  private static let words = ["password", "token", "secret", "authorization", "cookie", "api_key"]
    .map { Array($0.utf8) }

  /// Runs for every field of every line, so it looks closer only where a word could begin.
  static func hides(_ name: String) -> Bool {
    let span = name.utf8Span.span
    for start in span.indices {
      for word in words where word[0] == span[start] && span.count - start >= word.count {
        if word.indices.allSatisfy({ word[$0] == span[start + $0] }) { return true }
      }
    }
    return false
  }
}
