internal import CFastCGI
internal import Glibc

/// The epoll set of a server. It holds a reference to every connection in it.
struct Poller: Sendable {
  private let descriptor: Int32

  enum Event {
    case none
    case newConnection
    case readable(Exchange)
  }

  enum Peek {
    case closed, nothing, bytes
  }

  init() throws(ServerError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw .systemCall("epoll_create1", errno: errno) }
  }

  /// Exclusive: one waiting worker is woken for a new connection, not all, in all processes.
  func watch(listener: Int32) throws(ServerError) {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | CFastCGI_EXCLUSIVE
    unsafe event.data.u64 = 0
    guard unsafe epoll_ctl(descriptor, EPOLL_CTL_ADD, listener, &event) == 0 else {
      throw .systemCall("epoll_ctl", errno: errno)
    }
  }

  func forget(listener: Int32) {
    _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, listener, nil)
  }

  func arm(new exchange: Exchange) -> Bool {
    // The set's own reference, given back by `release`.
    let pointer = unsafe Unmanaged.passRetained(exchange).toOpaque()
    return unsafe control(EPOLL_CTL_ADD, exchange, pointer)
  }

  func arm(again exchange: Exchange) -> Bool {
    unsafe control(EPOLL_CTL_MOD, exchange, Unmanaged.passUnretained(exchange).toOpaque())
  }

  func release(_ exchange: Exchange) {
    unsafe Unmanaged.passUnretained(exchange).release()
  }

  private func control(
    _ operation: Int32, _ exchange: Exchange, _ pointer: UnsafeMutableRawPointer
  ) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | CFastCGI_ONESHOT
    unsafe event.data.ptr = unsafe pointer
    return unsafe epoll_ctl(descriptor, operation, exchange.descriptor, &event) == 0
  }

  func next(timeoutMilliseconds: Int32) -> Event {
    var event = unsafe epoll_event()
    guard unsafe epoll_wait(descriptor, &event, 1, timeoutMilliseconds) == 1 else { return .none }
    guard let pointer = unsafe event.data.ptr else { return .newConnection }
    return .readable(unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue())
  }

  /// What a readable connection has: the web server may just have closed it.
  static func peek(_ descriptor: Int32) -> Peek {
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    let count = unsafe recv(descriptor, &byte, 1, flags)
    if count > 0 { return .bytes }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .closed
  }
}
