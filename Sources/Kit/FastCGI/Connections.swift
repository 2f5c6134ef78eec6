internal import Glibc
internal import Synchronization

/// The open connections of a server. While they are as many as there may be, and once it stops,
/// no more are accepted: they wait at the socket.
final class Connections: Sendable {
  private struct State {
    var open: [Int32: Connection] = [:]
    var isAccepting = true
    var isStopping = false
  }

  private let state = Mutex(State())
  private let poller: Poller
  private let listener: Int32
  private let countMax: Int

  /// Throws when the listening socket cannot be watched.
  init(poller: Poller, listener: Int32, countMax: Int) throws(ServerError) {
    self.countMax = countMax
    self.poller = poller
    self.listener = listener
    guard poller.watch(listener: listener) else { throw .systemCall("epoll_ctl", errno: errno) }
  }

  var isEmpty: Bool { state.withLock { $0.open.isEmpty } }

  /// False while there are too many connections, and once it stops.
  var isAccepting: Bool { state.withLock { $0.isAccepting } }

  func add(_ connection: Connection) {
    state.withLock { state in
      state.open[connection.descriptor] = connection
      guard state.open.count >= countMax, state.isAccepting else { return }
      state.isAccepting = false
      poller.forget(listener: listener)
    }
  }

  /// The connection closes with the last use of it, the caller's.
  func remove(_ connection: Connection) {
    state.withLock { state in
      state.open[connection.descriptor] = nil
      guard !state.isAccepting, !state.isStopping, state.open.count < countMax else { return }
      state.isAccepting = poller.watch(listener: listener)
    }
  }

  /// May be called more than once.
  func stopAccepting() {
    state.withLock { state in
      state.isStopping = true
      if state.isAccepting { poller.forget(listener: listener) }
      state.isAccepting = false
    }
  }

  func end(whenWaitingSince moment: UInt64) {
    state.withLock { state in
      for connection in state.open.values { connection.end(whenWaitingSince: moment) }
    }
  }
}
