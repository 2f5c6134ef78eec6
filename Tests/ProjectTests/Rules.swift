extension Rule {
  static let lineLength = Rule(
    name: "lines have at most 100 columns", folders: Repository.everything,
    badSample: ("Sources/Kit/Core/A.swift", String(repeating: "x", count: 101))
  ) { file in
    file.violations("over 100 columns") { $0.count > 100 }
  }

  static let fileLength = Rule(
    name: "files have at most 300 lines", folders: Repository.everything,
    badSample: ("Sources/Kit/Core/A.swift", String(repeating: "\n", count: 301))
  ) { file in
    file.lines.count > 301 ? ["\(file.path): \(file.lines.count - 1) lines"] : []
  }

  static let functionLength = Rule(
    name: "functions have at most 70 lines", folders: Repository.everything,
    badSample: (
      "Sources/Kit/Core/A.swift",
      "  func a() {\n" + String(repeating: "    b()\n", count: 70) + "  }\n"
    )
  ) { file in
    FunctionBodies(file).filter { $0.lines > 70 }.map {
      "\(file.path):\($0.start): a function of \($0.lines) lines"
    }
  }

  static let mainIsWiring = Rule(
    name: "main.swift is under 20 lines", folders: Repository.product,
    badSample: ("functions/users/main.swift", String(repeating: "a()\n", count: 20))
  ) { file in
    file.path.hasSuffix("/main.swift") && file.lines.count > 20
      ? ["\(file.path): wiring belongs here, nothing else"] : []
  }

  static let foundation = Rule(
    name: "Foundation stays out", folders: Repository.product,
    badSample: ("Sources/Kit/Core/A.swift", "internal import Foundation\n")
  ) { file in
    file.imports.contains("Foundation") ? ["\(file.path): imports Foundation"] : []
  }

  static let unsafeCode = Rule(
    name: "unsafe code stays in Kit", folders: ["Sources", "functions"],
    badSample: ("Sources/Domain/Identity/A.swift", "  unsafe call()\n")
  ) { file in
    guard !file.path.hasPrefix("Sources/Kit/") else { return [] }
    return file.violations("unsafe outside Kit") {
      $0.contains("unsafe ") || $0.contains("@unchecked")
    }
  }

  static let swallowedErrors = Rule(
    name: "no error is swallowed", folders: Repository.product,
    badSample: ("Sources/Kit/Core/A.swift", "    let a = try? read()\n")
  ) { file in
    file.violations("an error is swallowed") { $0.contains("try? ") || $0.contains("catch {}") }
  }

  static let leftovers = Rule(
    name: "nothing is left for later in the code", folders: Repository.everything,
    badSample: ("Sources/Kit/Core/A.swift", "// TO" + "DO: later\n")
  ) { file in
    file.violations("a note to oneself") { line in
      ["TO" + "DO", "FIX" + "ME"].contains { line.contains($0) }
    }
  }

  /// Domain and functions: SQL stands in stores and directories of a noun, and nowhere else.
  static let sqlInStores = Rule(
    name: "SQL stands in stores", folders: ["Sources/Domain", "functions"],
    badSample: ("functions/users/GetUser.swift", "    \"SELECT u.id FROM identity.users AS u\"\n")
  ) { file in
    guard !file.path.hasSuffix("Store.swift"), !file.path.hasSuffix("Directory.swift") else {
      return []
    }
    return file.violations("SQL outside a store") { line in
      ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "].contains { line.contains($0) }
    }
  }
}

/// The functions of a file with their lengths. The formatter guarantees that a body ends at the
/// indentation it began with.
struct FunctionBodies: Sequence {
  private let bodies: [(start: Int, lines: Int)]

  init(_ file: SourceFile) {
    var bodies: [(start: Int, lines: Int)] = []
    for (index, line) in file.lines.enumerated() where Self.begins(line) {
      let indentation = line.prefix { $0 == " " }
      let end = file.lines[index...].firstIndex { $0 == indentation + "}" }
      if let end { bodies.append((index + 1, end - index + 1)) }
    }
    self.bodies = bodies
  }

  func makeIterator() -> [(start: Int, lines: Int)].Iterator { bodies.makeIterator() }

  private static func begins(_ line: Substring) -> Bool {
    let text = line.drop { $0 == " " }
    return text.split(separator: " ").contains { $0 == "func" || $0.hasPrefix("init(") }
      && !text.hasPrefix("//")
  }
}
