import Core
import Glibc
import Processes

extension ToolCommand {
  static let restart = ToolCommand(
    name: "restart", parameters: "[function …]",
    summary: "replace running functions by what was built, without losing a request",
    details: """
      Without a name all functions are replaced. Each new process runs beside the old one for a
      moment; if it dies in that time, the old one stays. A changed configuration of nginx is taken
      on too.
      """
  ) { arguments in
    let names = try arguments.rest(atMost: 100)
    try RestartCommand(home: try Home.current(), names: names).run()
  }
}

private struct RestartCommand {
  let home: Home
  let names: [String]

  func run() throws {
    let supervisor = try SupervisorHandle(home)
    let before = try children()
    try check(names, against: before)
    let chosen = before.children.filter { $0.kind == "function" && isChosen($0.name) }
    let functions = Set(chosen.map(\.name)).sorted()
    // Reading it anew costs clients their kept connections: only when there is a reason.
    let nginx = try Release(home: home, port: before.port).stage() ? ["nginx"] : []
    let request = (functions + nginx + ["scheduler"]).map { "\($0)\n" }.joined()
    try Files.write(Array(request.utf8), to: home.restartRequest)
    var steps = Steps()
    try steps.run("Replaced \(functions.joined(separator: ", "))") {
      try supervisor.signal(SIGHUP)
      try waitUntilReplaced(chosen)
    }
  }

  private func isChosen(_ name: String) -> Bool { names.isEmpty || names.contains(name) }

  private func children() throws -> ChildrenFile {
    guard let file = try ChildrenFile.read(home.children) else {
      throw Failure("the stack in \(home.path) is just starting: try again in a moment")
    }
    return file
  }

  private func check(_ names: [String], against file: ChildrenFile) throws {
    let functions = Set(file.children.filter { $0.kind == "function" }.map(\.name))
    for name in names where !functions.contains(name) {
      throw Failure(
        "'\(name)' is no running function; there are "
          + functions.sorted().joined(separator: ", ")
          + ". Servers, and functions that are new in routes.json, come with `souk down` and `up`")
    }
  }

  /// Throws when a new process died and the old one stayed.
  private func waitUntilReplaced(_ old: [ChildrenFile.Child]) throws {
    let isDone: Bool? = try probe(for: .seconds(30)) {
      let now = try children()
      for child in old {
        let new = now.children.first { $0.name == child.name && $0.slot == child.slot }
        guard let new else { continue }
        if let end = new.lastEnd, end != child.lastEnd {
          throw Failure("\(child.name): \(new.lastEndText ?? end)")
        }
        let isSame = new.processes.contains { child.processes.contains($0) }
        if isSame || new.processes.count != 1 { return nil }
      }
      return true
    }
    guard isDone == true else { throw Failure("old processes still work: see `souk status`") }
  }
}
