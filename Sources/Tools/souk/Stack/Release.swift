import Core

/// What a stack runs, copied below its home: the functions and this tool, the migrations, the
/// route table and the configuration of nginx.
struct Release {
  let home: Home
  let port: Int

  /// Returns whether nginx is to read another configuration than before. Throws when something is
  /// not built or cannot be written.
  func stage() throws -> Bool {
    let table = try RouteTable(text: try Files.readText("routes.json"))
    try Files.makeDirectory("\(home.release)/bin")
    try stagePrograms(table.functions.map(\.name) + ["scheduler", "souk"])
    try stageMigrations()
    try Files.copy("routes.json", to: home.routes)
    return try stageNginx()
  }

  private func stagePrograms(_ names: [String]) throws {
    let built = directory(of: try Files.executable())
    for name in names {
      let program = "\(built)/\(name)"
      guard Files.exists(program) else {
        throw Failure("the program \(program) is missing: build it with `swift build -c release`")
      }
      try Files.copy(program, to: home.program(name), mode: 0o755)
    }
  }

  private func stageMigrations() throws {
    try Files.makeDirectory(home.migrations)
    let names = try Files.list("migrations")
    for name in try Files.list(home.migrations) where !names.contains(name) {
      try Files.remove("\(home.migrations)/\(name)")
    }
    for name in names { try Files.copy("migrations/\(name)", to: "\(home.migrations)/\(name)") }
  }

  private func stageNginx() throws -> Bool {
    try Files.makeDirectory(home.nginx)
    var hasChanged = false
    for name in try Files.list("nginx") where name.hasSuffix(".conf") {
      let text = NginxFolder.localised(try Files.readText("nginx/\(name)"), port: port)
      let path = "\(home.nginx)/\(name)"
      if try Files.exists(path) && Files.readText(path) == text { continue }
      try Files.write(Array(text.utf8), to: path)
      hasChanged = true
    }
    return hasChanged
  }

  private func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
