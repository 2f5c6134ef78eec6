import Core

/// Settings in lines of `NAME=VALUE`, read without a shell, as systemd reads an `EnvironmentFile`:
/// cron and the unit can share one. What systemd would take apart by rules that few know is
/// refused.
enum EnvironmentFile {
  /// Throws, naming the line but not what stands in it.
  static func read(_ path: String) throws -> [String: String] {
    do {
      return try parse(try Files.readText(path))
    } catch let fault as LineFault {
      throw Failure("\(path), line \(fault.line): \(fault.words)")
    }
  }

  struct LineFault: Error {
    let line: Int
    let words: String
  }

  /// Of a name that comes twice the last value counts.
  static func parse(_ text: String) throws(LineFault) -> [String: String] {
    var values: [String: String] = [:]
    let lines = text.split(omittingEmptySubsequences: false) { ["\n", "\r", "\r\n"].contains($0) }
    for (index, line) in lines.enumerated() {
      do throws(Misreading) {
        guard let (name, value) = try setting(trimmed(line)) else { continue }
        values[name] = value
      } catch {
        throw LineFault(line: index + 1, words: error.words)
      }
    }
    return values
  }

  private struct Misreading: Error {
    let words: String
  }

  /// Nil for an empty line and a comment.
  private static func setting(
    _ line: Substring
  ) throws(Misreading) -> (name: String, value: String)? {
    guard let first = line.first else { return nil }
    if first == "#" || first == ";" {
      guard line.last != "\\" else { throw Misreading(words: "a comment ends with a backslash") }
      return nil
    }
    guard let equals = line.firstIndex(of: "="), isName(line[..<equals]) else {
      throw Misreading(words: "it is not NAME=VALUE")
    }
    return (
      String(line[..<equals]), try value(trimmed(line[line.index(after: equals)...]))
    )
  }

  private static func value(_ text: Substring) throws(Misreading) -> String {
    guard let quote = text.first, quote == "'" || quote == "\"" else {
      guard !text.contains("\\") else {
        throw Misreading(words: "a value with a backslash needs single quotes around it")
      }
      return String(text)
    }
    let inner = text.dropFirst().dropLast()
    guard text.count > 1, text.last == quote, !inner.contains(quote) else {
      throw Misreading(words: "the quote that the value begins with has to end it, and only that")
    }
    guard quote == "'" || !inner.contains("\\") else {
      throw Misreading(words: "a value with a backslash needs single quotes around it")
    }
    return String(inner)
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let end = text.lastIndex { !isSpace($0) }
    return end.map { text[...$0].drop(while: isSpace) } ?? ""
  }
}
