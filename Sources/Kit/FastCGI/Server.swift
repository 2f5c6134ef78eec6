internal import CGlibc
internal import Core
internal import Glibc
package import HTTP
package import Lanes
internal import Synchronization
internal import Threads

/// Answers one request. Made in the worker that calls it, so it may own a database connection.
package typealias Responder = (Request) -> Answer

/// Serves FastCGI with a fixed number of worker threads around one epoll set.
///
/// The listening socket and every connection stand in the set, so neither an idle connection nor
/// one whose request has not come whole ties a worker. Connections are armed for one event; the
/// worker that gets it reads, answers what is complete and arms the connection again. A worker
/// takes several at once when no other is free, and serves them side by side in its lanes.
package final class Server: Sendable {
  private let listener: Listener
  private let workers: Int
  private let lanesEach: Int
  private let freeWorkers = Atomic<Int>(0)
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
    listener: Listener, workers: Int, lanes: Int = 1,
    connectionsMax: Int = Server.connectionsMax, grace: Duration = Server.grace
  ) throws {
    self.listener = listener
    self.workers = workers
    lanesEach = lanes
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
    _ makeResponder: @escaping @Sendable (Lanes) throws -> Responder
  ) throws {
    let failure = Failure()
    let threads = try (0..<workers).map { _ in
      try WorkerThread {
        failure.note(stopping: self) {
          let lanes = Lanes(count: self.lanesEach)
          self.work(try makeResponder(lanes), lanes)
        }
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

  private func work(_ respond: @escaping Responder, _ lanes: Lanes) {
    let worker = Worker(lanes: lanes, respond: respond)
    while !isStopping.load(ordering: .sequentiallyConsistent) {
      step(waiting: Self.tickMilliseconds, worker)
    }
    for (guest, response) in worker.room.close() { finish(guest, with: response, worker) }
    // Nobody else will ever accept what waits at a socket of our own.
    if !listener.isInherited {
      listener.refuseMore()
      while isArmedNext() {}
    }
    let stopped = Clock.monotonicNanoseconds()
    while !connections.isEmpty,
      Clock.monotonicNanoseconds() - stopped < graceNanoseconds
    {
      step(waiting: 20, worker)
    }
  }

  /// What one of the threads has for itself.
  private final class Worker {
    let lanes: Lanes
    let respond: Responder
    let room = WaitingRoom()
    var buffer = [UInt8](repeating: 0, count: Server.readBytes)

    init(lanes: Lanes, respond: @escaping Responder) {
      self.lanes = lanes
      self.respond = respond
    }
  }

  private func step(waiting milliseconds: Int32, _ worker: Worker) {
    let lanes = worker.lanes
    freeWorkers.wrappingAdd(1, ordering: .relaxed)
    var events = poller.next(1, timeoutMilliseconds: worker.room.shortened(milliseconds))
    let othersAreFree = freeWorkers.wrappingSubtract(1, ordering: .relaxed).newValue > 0
    if lanes.count > 1, !events.isEmpty, !othersAreFree {
      events += poller.next(lanes.count - 1, timeoutMilliseconds: 0)
    }
    var works: [() -> Void] = []
    for event in events {
      switch event {
      case .newConnection: takeWaiting()
      case .readable(let connection):
        guard connection.receive(&worker.buffer) else {
          connections.remove(connection)
          continue
        }
        works.append { self.advance(connection, worker) }
      }
    }
    lanes.run(works)
    guard !worker.room.isEmpty else { return }
    for (guest, response) in worker.room.look(in: lanes) { finish(guest, with: response, worker) }
  }

  /// Takes those that wait into the set: behind many busy connections the listener's turn comes
  /// rarely, and the last in its queue would wait for seconds. Bounded, so that other processes at
  /// the same socket get their share.
  private func takeWaiting() {
    for _ in 0..<Self.acceptsAtOnce {
      guard connections.isAccepting, isArmedNext() else { return }
    }
  }

  /// False when no connection was waiting.
  private func isArmedNext() -> Bool {
    guard let connection = accept() else { return false }
    if !poller.arm(connection, isNew: true) { connections.remove(connection) }
    return true
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

  private func advance(_ connection: Connection, _ worker: Worker) {
    let progress = connection.answer(keep: { !isStopping.load(ordering: .relaxed) }) { request in
      lastRequest.store(Clock.monotonicNanoseconds(), ordering: .relaxed)
      return worker.respond(request)
    }
    switch progress {
    case .open:
      if !poller.arm(connection, isNew: false) { connections.remove(connection) }
    case .closed: connections.remove(connection)
    case .waits(let request, let answer):
      let guest = WaitingRoom.Guest(connection: connection, request: request, answer: answer)
      if !worker.room.seat(guest) { finish(guest, with: answer.present, worker) }
    }
  }

  /// Then goes on with what the connection brought meanwhile.
  private func finish(_ guest: WaitingRoom.Guest, with response: Response, _ worker: Worker) {
    let isOpen = guest.connection.finish(guest.request, with: response) {
      !isStopping.load(ordering: .relaxed)
    }
    guard isOpen else { return connections.remove(guest.connection) }
    advance(guest.connection, worker)
  }
}

package enum ServerError: Error {
  case systemCall(String, errno: Int32)
}
