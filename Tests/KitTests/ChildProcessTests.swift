import Core
import Glibc
import Processes
import Testing

@Suite struct ChildProcessTests {
  private func run(
    _ script: String, environment: [String: String]? = nil, workingDirectory: String? = nil,
    timeout: Duration = .seconds(20)
  ) throws -> ChildProcess.Finished {
    try ChildProcess.run(
      ["/bin/sh", "-c", script], environment: environment, workingDirectory: workingDirectory,
      timeout: timeout)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func keepsWhatIsWritten() throws {
    let result = try run("echo out; echo err >&2; exit 3")
    #expect(text(result.stdout) == "out\n")
    #expect(text(result.stderr) == "err\n")
    #expect(result.status == .exited(3) && !result.status.isSuccess)
    let large = try run("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2")
    #expect(large.stdout.count == 1_000_000 && large.stderr.count == 1_000_000)
  }

  @Test func environmentAndDirectory() throws {
    let result = try run(
      "echo $WORD; pwd; env | wc -l", environment: ["WORD": "a b", "PATH": "/usr/bin:/bin"],
      workingDirectory: "/usr/bin")
    #expect(text(result.stdout).hasPrefix("a b\n/usr/bin\n"))
    #expect(try text(run("echo $PATH").stdout) != "\n")
  }

  @Test func inheritsNothingElse() throws {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)  // Not closed on exec.
    defer { ends.forEach { close($0) } }
    #expect(try text(run("ls /proc/self/fd").stdout) == "0\n1\n2\n3\n")  // 3 is what ls opens.
    let broken = try run("kill -PIPE $$")
    #expect(broken.status == .signalled(SIGPIPE))
  }

  @Test func errorsOfStarting() throws {
    for command in [["/nonexistent/program"], [], ["/bin/true", "a\0b"], ["/etc/passwd"]] {
      #expect(throws: ProcessError.self) { try ChildProcess.run(command) }
    }
    #expect(throws: ProcessError.self) { try run("true", workingDirectory: "/nonexistent") }
  }

  @Test func timeoutKillsTheWholeGroup() throws {
    let directory = try Files.makeTemporaryDirectory("souk-run")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    let error = try #require(throws: ProcessError.self) {
      try run("sleep 60 & echo $! > \(directory)/pid; sleep 60", timeout: .milliseconds(300))
    }
    #expect(error.description.contains("in time"))
    let pid = try #require(Int32(try Files.readText("\(directory)/pid").dropLast()))
    let isGone: Bool? = probe(for: .seconds(10)) { kill(pid, 0) != 0 || isZombie(pid) ? true : nil }
    #expect(isGone == true)
  }

  private func isZombie(_ pid: Int32) -> Bool {
    do { return try Files.readText("/proc/\(pid)/stat").contains(") Z ") } catch { return true }
  }

  @Test func outputIsBounded() throws {
    #expect(throws: ProcessError.self) { try run("cat /dev/zero") }
  }

  @Test func signalsAndStops() throws {
    let child = try ChildProcess(Command(["sleep", "60"]))
    #expect(child.isRunning)
    #expect(child.wait(for: .milliseconds(10)) == nil)
    #expect(try child.stop(within: .seconds(10)) == .signalled(SIGTERM))
    #expect(!child.isRunning)
    child.signal(SIGTERM)

    var stubborn = Command(["/bin/sh", "-c", "trap '' TERM; echo; sleep 60; sleep 60"])
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)
    defer { ends.forEach { close($0) } }
    stubborn.output = .descriptor(ends[1])
    stubborn.inNewSession = true
    let deaf = try ChildProcess(stubborn)
    var byte: UInt8 = 0
    #expect(unsafe read(ends[0], &byte, 1) == 1)  // The trap is set.
    #expect(try deaf.stop(within: .milliseconds(50)) == .signalled(SIGKILL))
  }

  @Test func streamsFromAndToFiles() throws {
    let directory = try Files.makeTemporaryDirectory("souk-streams")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    try Files.write(Array("in".utf8), to: "\(directory)/in")
    for _ in 1...2 {
      var command = Command(["/bin/sh", "-c", "cat; echo err >&2"])
      command.input = .file("\(directory)/in")
      command.output = .file("\(directory)/out")
      command.errors = .null
      #expect(try ChildProcess(command).wait(for: .seconds(10)) == .exited(0))
    }
    #expect(try Files.readText("\(directory)/out") == "inin")
  }

  /// How a FastCGI function gets its listening socket.
  @Test func anOpenDescriptorAsInput() throws {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe2(&ends) == 0)
    defer { close(ends[0]) }
    #expect(unsafe write(ends[1], "word", 4) == 4)
    close(ends[1])
    let directory = try Files.makeTemporaryDirectory("souk-descriptor")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    var command = Command(["cat"])
    command.input = .descriptor(ends[0])
    command.output = .file("\(directory)/out")
    #expect(try ChildProcess(command).wait(for: .seconds(10)) == .exited(0))
    #expect(try Files.readText("\(directory)/out") == "word")
  }
}

/// A pipe that is closed on exec, as the listening socket of a supervisor is.
@unsafe private func pipe2(_ ends: inout [Int32]) -> Int32 {
  let code = unsafe pipe(&ends)
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return code
}
