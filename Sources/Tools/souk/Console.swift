import Glibc

/// What the tool says to the person in front of it.
enum Console {
  static func say(_ text: String) { print(text) }

  static func fail(_ text: String) -> Never {
    FileHandles.standardError("souk: \(text)\n")
    exit(1)
  }
}

private enum FileHandles {
  static func standardError(_ text: String) { fputs(text, stderr) }
}
