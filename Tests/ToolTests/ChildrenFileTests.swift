import Core
import Glibc
import Processes
import Testing

@testable import souk

@Suite struct ChildrenFileTests {
  private let directory = TemporaryFolder()

  @Test func whatIsWrittenIsRead() throws {
    let path = directory.file("children.json")
    let child = ChildrenFile.Child(
      name: "auth", kind: "function", slot: 1, state: "waiting", workers: 4, restarts: 7,
      lastEnd: "signal 9", lastWords: "a \"quoted\" line",
      processes: [.init(pid: 12, startTicks: 34)])
    try ChildrenFile(port: 8081, machineStart: "boot", children: [child, child]).write(to: path)
    let file = try #require(try ChildrenFile.read(path))
    #expect(file.port == 8081)
    #expect(file.machineStart == "boot")
    #expect(file.names == ["auth"])
    let read = try #require(file.children.last)
    #expect(read.slot == 1)
    #expect(read.isFailing)
    #expect(read.lastEndText == "signal 9: a \"quoted\" line")
    #expect(read.processes == [.init(pid: 12, startTicks: 34)])
  }

  @Test func noFileIsNoError() throws {
    #expect(try ChildrenFile.read(directory.file("none.json")) == nil)
  }

  @Test(arguments: ["", "[]", "{\"port\": 1}", "{\"children\": []}"])
  func somethingElseIsRefused(_ text: String) throws {
    let path = directory.file("children.json")
    try Files.write(Array(text.utf8), to: path)
    #expect(throws: (any Error).self) { try ChildrenFile.read(path) }
  }

  /// Process 1, and numbers that mean whole groups to `kill`, must never come out of a file.
  @Test(arguments: [-1, 0, 1])
  func aDangerousNumberIsLeftOut(_ pid: Int) throws {
    let path = directory.file("children.json")
    let text = """
      {"port": 1, "children": [
        {"name": "a", "processes": [{"pid": \(pid), "start_ticks": 5}]}]}
      """
    try Files.write(Array(text.utf8), to: path)
    #expect(try ChildrenFile.read(path)?.children.first?.processes.isEmpty == true)
  }
}

@Suite struct LeftoversTests {
  private let directory = TemporaryFolder()

  @Test func whatItsOwnersDeathLeftIsEnded() throws {
    let child = try sleeper()
    try record(child.pid, machineStart: ProcessIdentity.machineStart)
    try Leftovers.end(recordedIn: directory.file("children.json"))
    #expect(child.wait(for: .seconds(5)) == .signalled(SIGTERM))
  }

  @Test func aProcessWithTheSameNumberIsLeftAlone() throws {
    let child = try sleeper()
    defer { child.signal(SIGKILL) }
    try record(child.pid, machineStart: ProcessIdentity.machineStart, ticksOff: 1)
    try Leftovers.end(recordedIn: directory.file("children.json"))
    #expect(child.isRunning)
  }

  @Test func aFileFromBeforeTheMachineStartedMeansNothing() throws {
    let child = try sleeper()
    defer { child.signal(SIGKILL) }
    try record(child.pid, machineStart: "another")
    try Leftovers.end(recordedIn: directory.file("children.json"))
    #expect(child.isRunning)
  }

  private func sleeper() throws -> ChildProcess {
    var command = Command(["sleep", "600"])
    command.inNewSession = true
    return try ChildProcess(command)
  }

  private func record(_ pid: Int32, machineStart: String, ticksOff: Int = 0) throws {
    let identity = try #require(ProcessIdentity(pid: pid))
    let child = ChildrenFile.Child(
      name: "sleep", kind: "function", slot: 0, state: "running", workers: 1, restarts: 0,
      lastEnd: nil, lastWords: nil,
      processes: [.init(pid: Int(pid), startTicks: Int(identity.startTicks) + ticksOff)])
    try ChildrenFile(port: 1, machineStart: machineStart, children: [child])
      .write(to: directory.file("children.json"))
  }
}

/// Gone with the test.
final class TemporaryFolder: Sendable {
  private let path: String

  init() {
    do {
      path = try Files.makeTemporaryDirectory("souk-tool")
    } catch {
      preconditionFailure("no temporary directory: \(error)")
    }
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  deinit {
    do {
      try Files.remove(path)
    } catch {
      print("\(path) stays behind: \(error)")
    }
  }
}
