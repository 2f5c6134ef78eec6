import Glibc
import Log

/// What the tool says to the person in front of it.
enum Console {
  static func say(_ text: String) { print(text) }

  static func fail(_ text: String) -> Never {
    Logger.standardError(Array("souk: \(text)\n".utf8))
    exit(1)
  }
}
