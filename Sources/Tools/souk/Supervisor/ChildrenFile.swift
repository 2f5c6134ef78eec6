import Core
import JSON
import Processes

/// What the supervisor says of its children, for `souk status` and for the supervisor after it,
/// which ends what is left of them.
struct ChildrenFile: Encodable {
  let port: Int
  /// Pids and times mean something only until the machine starts anew.
  let machineStart: String
  let children: [Child]

  struct Child: Encodable {
    let name: String
    let kind: String
    let slot: Int
    let state: String
    let workers: Int
    let restarts: Int
    let lastEnd: String?
    let lastWords: String?
    let processes: [Process]
  }

  struct Process: Encodable, Equatable {
    let pid: Int
    let startTicks: Int

    var identity: ProcessIdentity {
      ProcessIdentity(pid: Int32(clamping: pid), startTicks: UInt64(startTicks))
    }
  }

  init(port: Int, machineStart: String = ProcessIdentity.machineStart, children: [Child]) {
    self.port = port
    self.machineStart = machineStart
    self.children = children
  }
}

extension ChildrenFile {
  init(port: Int, services: [Service]) {
    self.init(
      port: port,
      children: services.map { service in
        Child(
          name: service.recipe.name, kind: service.recipe.kind.rawValue, slot: service.recipe.slot,
          state: service.state.rawValue, workers: service.recipe.workers,
          restarts: service.restarts, lastEnd: service.lastEnd, lastWords: service.lastWords,
          processes: service.pids.compactMap { ProcessIdentity(pid: $0) }.map {
            Process(pid: Int($0.pid), startTicks: Int(clamping: $0.startTicks))
          })
      })
  }

  func write(to path: String) throws {
    try Files.write(try JSONOutput.encode(self), to: path)
  }

  /// Nil when there is no such file. Throws when it cannot be read or is something else.
  static func read(_ path: String) throws -> ChildrenFile? {
    guard Files.exists(path) else { return nil }
    let document = try JSONValue.parse(try Files.read(path))
    guard let port = document["port"]?.integer, let children = document["children"]?.array else {
      throw Failure("\(path) is not what a supervisor writes: remove it")
    }
    return ChildrenFile(
      port: Int(port), machineStart: document["machine_start"]?.string ?? "",
      children: children.compactMap(Child.init))
  }
}

extension ChildrenFile.Child {
  /// Nil for one that never ended.
  var lastEndText: String? {
    lastEnd.map { "\($0): \(lastWords ?? "it wrote no log")" }
  }

  /// Dies and is started again and again, or not yet again.
  var isFailing: Bool { state == "waiting" }

  fileprivate init?(_ value: JSONValue) {
    guard let name = value["name"]?.string else { return nil }
    self.name = name
    kind = value["kind"]?.string ?? ""
    slot = Int(value["slot"]?.integer ?? 0)
    state = value["state"]?.string ?? ""
    workers = Int(value["workers"]?.integer ?? 0)
    restarts = Int(value["restarts"]?.integer ?? 0)
    lastEnd = value["last_end"]?.string
    lastWords = value["last_words"]?.string
    processes = (value["processes"]?.array ?? []).compactMap { process in
      guard let pid = process["pid"]?.integer, let ticks = process["start_ticks"]?.integer,
        pid > 1, ticks >= 0
      else { return nil }
      return .init(pid: Int(pid), startTicks: Int(ticks))
    }
  }
}
