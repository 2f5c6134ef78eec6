import Core

/// The files of the project, as the rules see them.
enum Repository {
  static let root: String = {
    var directory = #filePath
    while let slash = directory.lastIndex(of: "/") {
      directory = String(directory[..<slash])
      if Files.exists("\(directory)/Package.swift") { return directory }
    }
    return "."
  }()

  /// All Swift files below these folders, the generated ones too.
  static func swiftFiles(below folders: [String]) throws -> [SourceFile] {
    try folders.flatMap { try paths(below: $0) }.filter { $0.hasSuffix(".swift") }
      .map { SourceFile(path: $0, text: try read($0)) }
  }

  static func paths(below folder: String) throws -> [String] {
    try Files.list("\(root)/\(folder)").flatMap { name in
      let path = "\(folder)/\(name)"
      return Files.isDirectory("\(root)/\(path)") ? try paths(below: path) : [path]
    }
  }

  static func read(_ path: String) throws -> String { try Files.readText("\(root)/\(path)") }

  static func exists(_ path: String) -> Bool { Files.exists("\(root)/\(path)") }

  static let everything = ["Sources", "functions", "Tests"]
  static let product = ["Sources", "functions"]
}

struct SourceFile {
  let path: String
  let lines: [Substring]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The modules it imports.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ")
      guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count,
        line.first != " "
      else { return nil }
      return String(words[index + 1])
    }
  }

  /// `path:line: reason` for each line the condition holds for.
  func violations(_ reason: String, where isBad: (Substring) -> Bool) -> [String] {
    lines.enumerated().filter { isBad($0.element) }.map { "\(path):\($0.offset + 1): \(reason)" }
  }
}
