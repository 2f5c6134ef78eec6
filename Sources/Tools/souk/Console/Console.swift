import Core
import Glibc

/// What the tool says to the person in front of it.
enum Console {
  static func say(_ text: String) { Files.write("\(text)\n", to: 1) }

  /// Says what is wrong, and how it is mended, and ends with exit code 1.
  static func fail(_ text: String) -> Never {
    complain(text)
    exit(1)
  }

  /// For what goes on beside the answer, which alone goes to standard output.
  static func complain(_ text: String) {
    Files.write("\(Style.red.on("souk:", stream: 2)) \(text)\n", to: 2)
  }

  static func note(_ text: String) { Files.write("\(text)\n", to: 2) }

  /// All of it, as an operator needs it: some errors keep back what does not belong in a log.
  static func text(of error: any Error) -> String {
    String(reflecting: error).split(separator: "\n").joined(separator: " ")
  }

  static let isTerminal = isatty(1) == 1
}

/// Colours, where there is a terminal that shows them and nobody forbids them (no-color.org).
enum Style: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case bold = "1"
  case faint = "2"

  func on(_ text: String, stream: Int32 = 1) -> String {
    guard isatty(stream) == 1, Style.isAllowed else { return text }
    return "\u{1b}[\(rawValue)m\(text)\u{1b}[0m"
  }

  private static let isAllowed: Bool = {
    let environment = Environment.current()
    return (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }()
}
