internal import CGlibc
internal import Core
internal import Glibc
package import HTTP
internal import Synchronization

/// Answers one request. Made in the worker that calls it, so it may own a database connection.
package typealias Responder = (Request) -> Response

/// Serves FastCGI with a fixed number of worker threads around one epoll set.
///
/// The listening socket and every connection stand in the set, so neither an idle connection nor
/// one whose request has not come whole ties a worker. Connections are armed for one event; the
/// worker that gets it reads, answers what is complete and arms the connection again.
package final class Server: Sendable {
  private let listener: Listener
  private let workers: Int
  private let graceNanoseconds: UInt64
  private let poller: Poller
  private let connections: Connections
  private let isStopping = Atomic<Bool>(false)
  private let lastRequest = Atomic<UInt64>(Clock.monotonicNanoseconds())

  /// A stopping server waits this long for requests and for the web server to close what it
  /// keeps (nginx is told 5 s).
  package static let grace = Duration.seconds(8)
  /// A connection that brings no whole request for this long is closed.
  private static let patienceNanoseconds: UInt64 = 75_000_000_000
  private static let tickMilliseconds: Int32 = 500
  private static let acceptsAtOnce = 64
  private static let readBytes = 64 << 10

  /// Stays below the usual limit of 1024 descriptors.
  package static let connectionsMax = 768

  package init(
    listener: Listener, workers: Int, connectionsMax: Int = Server.connectionsMax,
    grace: Duration = Server.grace
  ) throws {
    self.listener = listener
    self.workers = workers
    graceNanoseconds = UInt64(max(0, grace.microseconds)) * 1000
    // Nothing that is closed while we write to it may end the process: the log, a database.
    signal(SIGPIPE, SIG_IGN)
    poller = try Poller()
    connections = try Connections(
      poller: poller, listener: listener.descriptor, countMax: connectionsMax)
  }

  /// Serves until `stop`, or until no request came for `idleExit` (zero: never), then finishes
  /// what runs. `makeResponder` runs once in each worker. `alongside` is asked again and again
  /// until it says true, for a check that must not delay the first request. When either throws,
  /// the server stops and `run` throws the same.
  package func run(
    idleExit: Duration = .zero, alongside: @escaping @Sendable () throws -> Bool = { true },
    _ makeResponder: @escaping @Sendable () throws -> Responder
  ) throws {
    let failure = Failure()
    let threads = try (0..<workers).map { _ in
      try WorkerThread {
        failure.note(stopping: self) { self.work(try makeResponder()) }
      }
    }
    failure.note(stopping: self) {
      try watch(idleNanoseconds: UInt64(max(0, idleExit.microseconds)) * 1000, alongside)
    }
    for thread in threads { thread.join() }
    listener.close()
    try failure.rethrow()
  }

  /// The first error of any thread.
  private final class Failure: Sendable {
    private let first = Mutex<(any Error)?>(nil)

    func note(stopping server: Server, _ body: () throws -> Void) {
      do {
        try body()
      } catch {
        first.withLock { $0 = $0 ?? error }
        server.stop()
      }
    }

    func rethrow() throws {
      if let error = first.withLock({ $0 }) { throw error }
    }
  }

  /// May be called from any thread, any number of times.
  package func stop() {
    connections.stopAccepting()
    isStopping.store(true, ordering: .sequentiallyConsistent)
  }

  private func watch(idleNanoseconds limit: UInt64, _ alongside: () throws -> Bool) throws {
    var isSettled = false
    while !isStopping.load(ordering: .relaxed) {
      if !isSettled { isSettled = try alongside() }
      usleep(200_000)
      let now = Clock.monotonicNanoseconds()
      connections.end(whenWaitingSince: now - min(now, Self.patienceNanoseconds))
      let isIdle = limit > 0 && now &- lastRequest.load(ordering: .relaxed) > limit
      // A kept connection would hold up the end, and with it who connects meanwhile.
      if isIdle && connections.isEmpty { stop() }
    }
  }

  private func work(_ respond: Responder) {
    var buffer = [UInt8](repeating: 0, count: Self.readBytes)
    while !isStopping.load(ordering: .sequentiallyConsistent) {
      step(waiting: Self.tickMilliseconds, &buffer, respond)
    }
    // Nobody else will ever accept what waits at a socket of our own.
    if !listener.isInherited {
      listener.refuseMore()
      while let connection = accept() { advance(connection, isNew: true, &buffer, respond) }
    }
    let stopped = Clock.monotonicNanoseconds()
    while !connections.isEmpty,
      Clock.monotonicNanoseconds() - stopped < graceNanoseconds
    {
      step(waiting: 20, &buffer, respond)
    }
  }

  private func step(waiting milliseconds: Int32, _ buffer: inout [UInt8], _ respond: Responder) {
    switch poller.next(timeoutMilliseconds: milliseconds) {
    case .none: break
    case .newConnection: acceptWaiting(&buffer, respond)
    case .readable(let connection): advance(connection, isNew: false, &buffer, respond)
    }
  }

  /// Serves the first that waits and takes the others into the set: behind many busy connections
  /// the listener's turn comes rarely, and the last in its queue would wait for seconds. Bounded,
  /// so that other processes at the same socket get their share.
  private func acceptWaiting(_ buffer: inout [UInt8], _ respond: Responder) {
    guard connections.isAccepting, let first = accept() else { return }
    for _ in 1..<Self.acceptsAtOnce {
      guard connections.isAccepting, let other = accept() else { break }
      if !poller.arm(other, isNew: true) { connections.remove(other) }
    }
    advance(first, isNew: true, &buffer, respond)
  }

  /// Nil when no connection was waiting: another worker was faster.
  private func accept() -> Connection? {
    let descriptor = CGlibc_accept4(listener.descriptor)
    guard descriptor >= 0 else {
      // The process or the system has no descriptor left. The connection goes on waiting, so
      // without a pause this would spin.
      if errno == EMFILE || errno == ENFILE || errno == ENOMEM { usleep(20_000) }
      return nil
    }
    let connection = Connection(descriptor: descriptor)
    connections.add(connection)
    return connection
  }

  private func advance(
    _ connection: Connection, isNew: Bool, _ buffer: inout [UInt8], _ respond: Responder
  ) {
    let isOpen = connection.advance(
      with: &buffer, keep: { !isStopping.load(ordering: .relaxed) }
    ) { request in
      lastRequest.store(Clock.monotonicNanoseconds(), ordering: .relaxed)
      return respond(request)
    }
    if !isOpen || !poller.arm(connection, isNew: isNew) { connections.remove(connection) }
  }
}

package enum ServerError: Error {
  case systemCall(String, errno: Int32)
}
