import Core
import FastCGI
import Glibc
import HTTP
import KitTesting
import Synchronization

/// A server in this process, on a socket of its own.
final class RunningServer: Sendable {
  let path: String
  private let server: Server
  private let run: Concurrently<Duration>
  private let folder: TemporaryFolder

  /// With a handler for each worker. `inherited` is a listening socket of the test's.
  init(
    workers: Int = 2, lanes: Int = 3, connectionsMax: Int = Server.connectionsMax,
    grace: Duration = Server.grace,
    inherited: (path: String, descriptor: Int32)? = nil,
    idleExit: Duration = .zero, answer: @escaping @Sendable (Request) -> Answer
  ) throws {
    folder = try TemporaryFolder("souk-fcgi")
    path = inherited?.path ?? "\(folder.path)/s"
    let listener =
      try inherited.map { try FastCGI.Listener(inherited: $0.descriptor) }
      ?? FastCGI.Listener(address: "unix:\(path)")
    server = try Server(
      listener: listener, workers: workers, lanes: lanes, connectionsMax: connectionsMax,
      grace: grace)
    run = Concurrently { [server] in
      try ContinuousClock().measure {
        try server.run(idleExit: idleExit) { _ in { answer($0) } }
      }
    }
  }

  convenience init(
    workers: Int = 2, lanes: Int = 3, connectionsMax: Int = Server.connectionsMax,
    grace: Duration = Server.grace,
    inherited: (path: String, descriptor: Int32)? = nil,
    idleExit: Duration = .zero,
    _ respond: @escaping @Sendable (Request) -> Response = RunningServer.echo
  ) throws {
    try self.init(
      workers: workers, lanes: lanes, connectionsMax: connectionsMax, grace: grace,
      inherited: inherited, idleExit: idleExit, answer: { .now(respond($0)) })
  }

  deinit { server.stop() }

  func client() throws -> FastCGIClient { try FastCGIClient(path: path) }

  /// One request on a connection of its own.
  func get(_ target: String) throws -> FastCGIClient.Answer {
    let client = try client()
    try client.send(FastCGIRecords.request(target, keep: false))
    return try client.answer()
  }

  func stop() { server.stop() }

  /// How long the server has run, once it has ended. Throws what `run` threw.
  @discardableResult
  func ended() throws -> Duration { try run.result() }

  /// Answers the method, the target and the body.
  static let echo: @Sendable (Request) -> Response = { request in
    do throws(BodyError) {
      let body = try request.body.read(request.contentLength ?? 0)
      return Response(status: 200, body: Array("\(request.method) \(request.target) ".utf8) + body)
    } catch {
      return Response(status: 400)
    }
  }
}

/// Holds threads until it is opened, and tells how many wait.
final class Gateway: Sendable {
  private let state = Mutex((waiting: 0, isOpen: false))

  var waiting: Int { state.withLock { $0.waiting } }

  func open() { state.withLock { $0.isOpen = true } }

  /// Gives up after ten seconds, so that a failed test ends.
  func pass() {
    state.withLock { $0.waiting += 1 }
    for _ in 0..<10_000 where !state.withLock({ $0.isOpen }) { usleep(1000) }
  }
}
