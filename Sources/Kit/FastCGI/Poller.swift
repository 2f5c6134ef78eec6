internal import CGlibc
internal import Glibc

/// The epoll set of a server.
struct Poller: Sendable {
  private let descriptor: Int32

  enum Event {
    case newConnection
    case readable(Connection)
  }

  init() throws(ServerError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw .systemCall("epoll_create1", errno: errno) }
  }

  /// Exclusive: one waiting worker is woken for a new connection, not all, in all processes.
  /// False when the system refuses, with the reason in `errno`.
  func watch(listener: Int32) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | CGlibc_EPOLLEXCLUSIVE
    unsafe event.data.u64 = 0
    return unsafe epoll_ctl(descriptor, EPOLL_CTL_ADD, listener, &event) == 0
  }

  func forget(listener: Int32) {
    _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, listener, nil)
  }

  /// Has the next bytes of the connection, or its end, reported once. The caller keeps the
  /// connection alive until then.
  func arm(_ connection: Connection, isNew: Bool) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | CGlibc_EPOLLONESHOT
    unsafe event.data.ptr = Unmanaged.passUnretained(connection).toOpaque()
    return unsafe epoll_ctl(
      descriptor, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection.descriptor, &event) == 0
  }

  /// What has happened, at most `max` at a time; empty when nothing did until the timeout.
  func next(_ max: Int, timeoutMilliseconds: Int32) -> [Event] {
    unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: max) { events in
      let count = unsafe epoll_wait(
        descriptor, events.baseAddress, Int32(max), timeoutMilliseconds)
      return (0..<Swift.max(0, Int(count))).map { index in
        guard let pointer = unsafe events[index].data.ptr else { return .newConnection }
        return .readable(unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue())
      }
    }
  }
}
