import Core

/// `souk routes`: writes the files made from `routes.json`; with `--check` only compares.
enum RoutesCommand {
  static func run(_ arguments: [String]) throws {
    let files = GeneratedFiles(try RouteTable(text: try Files.readText("routes.json"))).files
    let stale = try files.filter { file in
      try !Files.exists(file.path) || Files.readText(file.path) != file.content
    }
    if arguments.contains("--check") {
      guard stale.isEmpty else {
        Console.fail("not as routes.json says: \(stale.map(\.path).joined(separator: ", "))")
      }
      return
    }
    for file in stale {
      try Files.write(Array(file.content.utf8), to: file.path, mode: 0o644)
      Console.say("wrote \(file.path)")
    }
  }
}
