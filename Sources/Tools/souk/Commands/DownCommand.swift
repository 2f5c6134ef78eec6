import Core
import Glibc
import Processes

extension ToolCommand {
  static let down = ToolCommand(
    name: "down", summary: "stop the stack; what it keeps stays"
  ) { arguments in
    _ = try arguments.rest(atMost: 0)
    let command = DownCommand(home: try Home.current())
    guard try command.home.isRunning else { return try command.cleanUp() }
    var steps = Steps()
    try steps.run("Stopped") { try command.stop() }
  }
}

struct DownCommand {
  let home: Home

  /// Throws when the supervisor does not end.
  func stop() throws {
    try SupervisorHandle(home).signal(SIGTERM)
    let isGone: Bool? = try probe(for: .seconds(60)) { try home.isRunning ? nil : true }
    guard isGone == true else {
      throw Failure("it does not end after a minute: see `souk logs supervisor`")
    }
  }

  fileprivate func cleanUp() throws {
    if home.isPrepared { try Leftovers.end(recordedIn: home.children) }
    Console.say("nothing runs in \(home.path)")
  }
}

/// The running supervisor, to send signals to.
struct SupervisorHandle {
  let pid: Int32

  /// Throws when none runs. The lock tells that it does, so that the file with the pid is its own;
  /// a moment after the start it may not be written yet.
  init(_ home: Home) throws {
    try home.requireRunning()
    let pid: Int32? = try probe(for: .seconds(5)) {
      guard Files.exists(home.supervisorPID) else { return nil }
      return Int32(try Files.readText(home.supervisorPID).dropLast())
    }
    guard let pid else { throw Failure("\(home.supervisorPID) holds no pid") }
    self.pid = pid
  }

  /// Throws when we may not.
  func signal(_ number: Int32) throws {
    guard kill(pid, number) == 0 else {
      throw Failure(
        "the supervisor (process \(pid)) belongs to another user: call this as that user")
    }
  }
}
