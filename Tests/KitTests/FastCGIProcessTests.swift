import Core
import FastCGI
import Glibc
import KitTesting
import Processes
import Synchronization
import Testing

private typealias Records = FastCGIRecords

/// Real function binaries, as a supervisor runs them.
@Suite struct FastCGIProcessTests {
  @Test func aSignalEndsItInGoodTime() throws {
    for signal in [SIGTERM, SIGINT] {
      let function = try RunningFunction("ops")
      #expect(try function.get("/health/live").text.hasPrefix("Status: 200 "))
      function.process.signal(signal)
      #expect(function.process.wait(for: .seconds(5)) == .exited(0))
      #expect(!Files.exists(function.path))
      #expect(try function.log.contains("\"stopped\""))
    }
  }

  /// The socket is the test's, as it is the supervisor's: it stays while processes come and go.
  @Test func aRestartUnderLoadFailsNoRequest() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let path = "\(folder.path)/s"
    let socket = try Sockets.listen(unixPath: path)
    defer { close(socket) }
    let isOver = Atomic<Bool>(false)
    let load = Load(clients: 6)
    var function = try RunningFunction("ops", inherited: (path, socket))
    let clients = load.answers.indices.map { client in
      Concurrently {
        defer { load.end(client) }
        var kept = KeptLoad(path: path)
        while !isOver.load(ordering: .relaxed) {
          try kept.request()
          load.count(client)
        }
      }
    }
    defer { isOver.store(true, ordering: .relaxed) }
    // However fast they are: each of them was answered by whoever runs before it is replaced.
    for _ in 1...3 {
      #expect(load.goesOn())
      let successor = try RunningFunction("ops", inherited: (path, socket))
      function.process.signal(SIGTERM)
      #expect(function.process.wait(for: .seconds(60)) == .exited(0))
      function = successor
    }
    #expect(load.goesOn())
    isOver.store(true, ordering: .relaxed)
    for client in clients { try client.result() }
    #expect(try function.stop() == .exited(0))
  }

  /// How often each client was answered.
  private final class Load: Sendable {
    private let counts: Mutex<[Int?]>

    init(clients: Int) { counts = Mutex(Array(repeating: 0, count: clients)) }

    var answers: [Int?] { counts.withLock { $0 } }
    func count(_ client: Int) { counts.withLock { $0[client]? += 1 } }
    /// One that ended is not waited for: it says itself what went wrong.
    func end(_ client: Int) { counts.withLock { $0[client] = nil } }

    /// Waits until each was answered some more times.
    func goesOn() -> Bool {
      let before = answers
      return becomesTrue(within: .seconds(60)) {
        zip(before, answers).allSatisfy { before, now in
          guard let before, let now else { return true }
          return now >= before + 10
        }
      }
    }
  }

  /// Requests on a kept connection, as nginx sends them: one that finds the connection closed
  /// before the first byte of an answer goes to a new one.
  private struct KeptLoad {
    let path: String
    private var client: FastCGIClient?

    init(path: String) { self.path = path }

    mutating func request() throws {
      let request = Records.request("/health/live")
      if let client {
        do {
          try client.send(request)
          if try !client.isClosed { return try take(client.answer()) }
        } catch is FastCGIClient.Failure {
          // Could not be sent: the connection had been closed.
        }
      }
      let client = try FastCGIClient(path: path)
      self.client = client
      try client.send(request)
      try take(client.answer())
    }

    private mutating func take(_ answer: FastCGIClient.Answer) throws {
      guard answer.text.hasPrefix("Status: 200 "), answer.status == 0 else {
        throw FastCGIClient.Failure(description: answer.text)
      }
    }
  }

  @Test func killedAmidLoadTheSuccessorGoesOn() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let path = "\(folder.path)/s"
    let socket = try Sockets.listen(unixPath: path)
    defer { close(socket) }
    let killed = try RunningFunction("ops", inherited: (path, socket))
    killed.process.signal(SIGKILL)
    #expect(killed.process.wait(for: .seconds(5)) == .signalled(SIGKILL))
    let waiting = try FastCGIClient(path: path)
    try waiting.send(Records.request("/health/live"))
    let successor = try RunningFunction("ops", inherited: (path, socket))
    #expect(try waiting.answer().text.hasPrefix("Status: 200 "))
    waiting.endSending()
    #expect(try successor.stop() == .exited(0))
  }

  @Test func idleItEndsByItself() throws {
    let function = try RunningFunction("ops", environment: ["SOUK_IDLE_EXIT": "1"])
    #expect(try function.get("/health/live").text.hasPrefix("Status: 200 "))
    #expect(function.process.wait(for: .seconds(60)) == .exited(0))
  }

  /// systemd gives the socket as descriptor 3 and names the process it is for.
  @Test func socketActivation() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let path = "\(folder.path)/s"
    let socket = try Sockets.listen(unixPath: path)
    defer { close(socket) }
    let client = try FastCGIClient(path: path)
    try client.send(Records.request("/health/live", keep: false))
    var command = Command([
      "/bin/sh", "-c", "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"",
      RunningFunction.binary("ops"),
    ])
    command.environment = try RunningFunction.environment(in: folder.path)
    command.input = .descriptor(socket)
    command.errors = .null
    let process = try ChildProcess(command)
    #expect(try client.answer().text.hasPrefix("Status: 200 "))
    #expect(try process.stop(within: .seconds(60)) == .exited(0))
    #expect(Files.exists(path))
  }

  private func runCGI(
    _ name: String, _ variables: [String: String], body: String = ""
  ) throws -> (status: Processes.ExitStatus?, output: String) {
    let folder = try TemporaryFolder("souk-cgi")
    try Files.write(Array(body.utf8), to: "\(folder.path)/in")
    var command = Command([RunningFunction.binary(name)])
    command.environment = try RunningFunction.environment(in: folder.path)
      .merging(variables) { $1 }
    command.input = .file("\(folder.path)/in")
    command.output = .file("\(folder.path)/out")
    command.errors = .null
    let status = try ChildProcess(command).wait(for: .seconds(20))
    return (status, try Files.readText("\(folder.path)/out"))
  }

  @Test func plainCGI() throws {
    let live = try runCGI(
      "ops", ["REQUEST_METHOD": "GET", "REQUEST_URI": "/health/live", "REMOTE_ADDR": "::1"])
    #expect(live.status == .exited(0))
    #expect(live.output.hasPrefix("Status: 200 OK\r\n"))
    #expect(live.output.contains("\r\n\r\n{\"data\":"))

    var post = [
      "REQUEST_METHOD": "POST", "REQUEST_URI": "/api/v1/auth/login", "REMOTE_ADDR": "192.0.2.1",
      "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "2",
    ]
    let empty = try runCGI("auth", post, body: "{}")
    #expect(empty.status == .exited(0))
    #expect(empty.output.hasPrefix("Status: 422 ") && empty.output.contains("\"email\""))
    for (length, code) in [("3", "body_cut_short"), ("-1", "bad_length"), ("x", "bad_length")] {
      post["CONTENT_LENGTH"] = length
      let refused = try runCGI("auth", post, body: "{}")
      #expect(refused.output.contains(code), "\(length): \(refused.output)")
    }
  }

  @Test(
    arguments: [
      ([:], "no socket"), (["SOUK_LISTEN": "nonsense"], "SOUK_LISTEN must be"),
      (["SOUK_LISTEN": "unix:/nonexistent/s"], "cannot bind"),
      (["SOUK_LISTEN": "tcp:127.0.0.1:99999"], "SOUK_LISTEN must be"),
      (["SOUK_LISTEN": "unix:/s", "SOUK_WORKERS": "0"], "SOUK_WORKERS must be"),
    ] as [([String: String], String)])
  func whatKeepsItFromStartingIsSaid(_ variables: [String: String], _ reason: String) throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let environment = try RunningFunction.environment(in: folder.path).merging(variables) { $1 }
    let result = try ChildProcess.run([RunningFunction.binary("ops")], environment: environment)
    #expect(result.status == .exited(1))
    #expect(result.text.contains(reason) && result.text.contains("cannot run"), "\(result.text)")
  }
}
