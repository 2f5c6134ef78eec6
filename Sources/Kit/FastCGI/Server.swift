internal import CFastCGI
internal import Core
internal import Glibc
package import HTTP
internal import Synchronization

/// Answers one request. Made in the worker that calls it, so it may own a database connection.
package typealias Responder = (Request) -> Response

/// Serves FastCGI with a fixed number of worker threads around one epoll set.
///
/// The listening socket and every kept connection stand in the set, so an idle connection ties
/// no worker. Connections are armed for one event; the worker that gets it serves one request and
/// arms the connection again.
package final class Server: Sendable {
  private let listener: Listener
  private let workers: Int
  private let poller: Poller
  private let isStopping = Atomic<Bool>(false)
  private let openConnections = Atomic<Int>(0)
  private let lastRequest = Atomic<UInt64>(Clock.monotonicNanoseconds())

  /// A stopping server waits this long for requests and for the web server to close what it
  /// keeps (nginx is told 5 s).
  private static let graceNanoseconds: UInt64 = 8_000_000_000
  private static let tickMilliseconds: Int32 = 500
  private static let acceptsAtOnce = 64

  package init(listener: Listener, workers: Int) throws {
    self.listener = listener
    self.workers = workers
    poller = try Poller()
    // The library must find these settled: it installs its own handlers only over defaults.
    signal(SIGPIPE, SIG_IGN)
    guard FCGX_Init() == 0 else { throw ServerError.libraryFailed }
    try poller.watch(listener: listener.descriptor)
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
    let idleNanoseconds = UInt64(max(0, idleExit.microseconds)) * 1000
    let watcher = try WorkerThread {
      failure.note(stopping: self) { try self.watch(idleNanoseconds, alongside) }
    }
    for thread in threads { thread.join() }
    stop()
    watcher.join()
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
    guard !isStopping.exchange(true, ordering: .sequentiallyConsistent) else { return }
    poller.forget(listener: listener.descriptor)
    // Nobody else will ever accept what waits at a socket of our own.
    if !listener.isInherited { while accept() {} }
  }

  private func watch(_ idleLimit: UInt64, _ alongside: () throws -> Bool) throws {
    var isSettled = false
    while !isStopping.load(ordering: .relaxed) {
      if !isSettled { isSettled = try alongside() }
      if isSettled && idleLimit == 0 { return }
      usleep(200_000)
      let idle = Clock.monotonicNanoseconds() &- lastRequest.load(ordering: .relaxed)
      // A kept connection would hold up the end, and with it who connects meanwhile.
      let isAlone = openConnections.load(ordering: .sequentiallyConsistent) == 0
      if idleLimit > 0 && idle > idleLimit && isAlone { stop() }
    }
  }

  private func work(_ respond: Responder) {
    var stoppedAt: UInt64?
    while true {
      if isStopping.load(ordering: .sequentiallyConsistent) {
        let now = Clock.monotonicNanoseconds()
        let since = stoppedAt ?? now
        stoppedAt = since
        let isDone = openConnections.load(ordering: .sequentiallyConsistent) == 0
        if isDone || now - since > Self.graceNanoseconds { return }
      }
      let timeout = stoppedAt == nil ? Self.tickMilliseconds : 20
      switch poller.next(timeoutMilliseconds: timeout) {
      case .none: continue
      case .newConnection: acceptWaiting()
      case .readable(let exchange): advance(exchange, respond)
      }
    }
  }

  /// Takes what waits, not one connection a turn: behind a full set of busy connections the
  /// listener's turn comes rarely, and the last in its queue would wait for seconds. Bounded, so
  /// that other processes at the same socket get their share.
  private func acceptWaiting() {
    for _ in 0..<Self.acceptsAtOnce where !accept() { return }
  }

  /// False when no connection was waiting: another worker was faster.
  private func accept() -> Bool {
    let descriptor = CFastCGI_accept(listener.descriptor)
    guard descriptor >= 0 else { return false }
    // A client that stops in the middle of a record gives its worker back after a while.
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    openConnections.add(1, ordering: .sequentiallyConsistent)
    let exchange = Exchange(descriptor: descriptor)
    if !poller.arm(new: exchange) { close(exchange) }
    return true
  }

  private func advance(_ exchange: Exchange, _ respond: Responder) {
    switch Poller.peek(exchange.descriptor) {
    case .closed:
      close(exchange)
      return
    case .nothing:
      break
    case .bytes:
      lastRequest.store(Clock.monotonicNanoseconds(), ordering: .relaxed)
      exchange.serve(keep: !isStopping.load(ordering: .relaxed), respond)
    }
    if exchange.descriptor < 0 || !poller.arm(again: exchange) { close(exchange) }
  }

  private func close(_ exchange: Exchange) {
    poller.release(exchange)
    openConnections.subtract(1, ordering: .sequentiallyConsistent)
  }
}

package enum ServerError: Error {
  case libraryFailed
  case systemCall(String, errno: Int32)
}
