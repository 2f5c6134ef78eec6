import Core
import Metrics
import Processes

extension ToolCommand {
  static let status = ToolCommand(
    name: "status", summary: "show what runs: processes, workers, restarts, requests, memory"
  ) { arguments in
    _ = try arguments.rest(atMost: 0)
    let home = try Home.current()
    try home.requireRunning()
    guard let file = try ChildrenFile.read(home.children) else {
      throw Failure("the stack in \(home.path) is just starting")
    }
    try StatusReport(home: home, file: file).show()
  }
}

/// One row for each function and server.
private struct StatusReport {
  let home: Home
  let file: ChildrenFile

  func show() throws {
    var table = Table([
      "function": .left, "state": .left, "processes": .right, "workers": .right,
      "restarts": .right, "requests": .right, "memory": .right,
    ])
    for name in file.names { table.add(try row(name)) }
    Console.say("http://127.0.0.1:\(file.port)  \(home.path)\n\n\(table.render())")
    for child in file.children {
      guard let end = child.lastEndText else { continue }
      Console.say("\n\(Style.yellow.on(child.name)) ended last with \(end)")
    }
  }

  private func row(_ name: String) throws -> [String] {
    let children = file.children.filter { $0.name == name }
    let members = try children.flatMap(\.processes).flatMap { try $0.identity.sessionMembers() }
    let isFunction = children.first?.kind == "function"
    let workers = children.reduce(0) { $0 + $1.workers }
    return [
      name, Self.state(of: children), "\(members.count)", isFunction ? "\(workers)" : "–",
      "\(children.reduce(0) { $0 + $1.restarts })", isFunction ? try requests(of: name) : "–",
      Self.memory(of: members),
    ]
  }

  /// The worst of its processes tells.
  private static func state(of children: [ChildrenFile.Child]) -> String {
    ["waiting", "stopped", "running"].first { state in children.contains { $0.state == state } }
      ?? "asleep"
  }

  private func requests(of function: String) throws -> String {
    let path = "\(home.metrics)/\(function).metrics"
    guard Files.exists(path) else { return "0" }
    return try Snapshot(function: function, path: path).map { "\($0.requests)" } ?? "?"
  }

  /// What each has for itself, and once what they share.
  private static func memory(of members: [Int32]) -> String {
    let parts = members.compactMap { ProcessIdentity.memory(of: $0) }
    let bytes = parts.reduce(0) { $0 + $1.own } + (parts.map(\.shared).max() ?? 0)
    return "\((bytes + (1 << 19)) >> 20) MB"
  }
}

extension ChildrenFile {
  /// In the order they were started, each once.
  var names: [String] {
    children.map(\.name).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }
}
