internal import Core
internal import Glibc
internal import HTTP
internal import Synchronization

/// One connection from the web server.
///
/// SAFETY: the epoll set arms a connection for one event at a time (`EPOLLONESHOT`), so one worker
/// at most is inside; the watcher touches the atomic and the descriptor alone.
final class Connection: @unchecked Sendable {
  let descriptor: Int32
  private var reader = RequestReader()
  /// When it began to wait for a whole request; the far future while one is being answered.
  private let waitingSince = Atomic<UInt64>(Clock.monotonicNanoseconds())

  /// Takes over the accepted descriptor and closes it in the end.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    // A web server that takes no bytes gives its worker back after a while.
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    // An answer goes out at once. Not known to unix sockets, which do so anyway.
    var on: Int32 = 1
    unsafe setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// Takes in what is there. False when the connection has ended.
  func receive(_ buffer: inout [UInt8]) -> Bool {
    let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    if count > 0 { reader.append(buffer[..<count]) }
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
  }

  /// A request whose answer is awaited.
  struct Unanswered {
    fileprivate let id: UInt16
    fileprivate let keeps: Bool
  }

  enum Progress {
    /// All that is complete is answered.
    case open
    /// The web server breaks the protocol or wants it so, or is not to send more.
    case closed
    /// Nothing of it is read until this one is answered.
    case waits(Unanswered, AwaitedAnswer)
  }

  /// Answers the requests that are complete.
  func answer(keep: () -> Bool, _ respond: (Request) -> Answer) -> Progress {
    do throws(ProtocolFault) {
      while let event = try reader.next() {
        switch event {
        case .reply(let bytes, let keeps):
          guard send(bytes), keeps else { return .closed }
        case .request(let request, let id, let keeps):
          waitingSince.store(.max, ordering: .relaxed)
          let unanswered = Unanswered(id: id, keeps: keeps)
          switch respond(request) {
          case .now(let response):
            guard finish(unanswered, with: response, keep: keep) else { return .closed }
          case .later(let awaited): return .waits(unanswered, awaited)
          }
        }
      }
      return .open
    } catch {
      // The web server is at fault and hears it by the end of the connection.
      return .closed
    }
  }

  /// False when the connection is to be closed.
  func finish(_ request: Unanswered, with response: Response, keep: () -> Bool) -> Bool {
    let records = response.records(for: request.id)
    // Asked before the answer is out: after it the web server may send the next request.
    let stays = request.keeps && keep()
    guard send(records), stays else { return false }
    waitingSince.store(Clock.monotonicNanoseconds(), ordering: .relaxed)
    return true
  }

  /// Ends a connection that brought no whole request since then: the worker that is woken by its
  /// end closes it.
  func end(whenWaitingSince moment: UInt64) {
    if waitingSince.load(ordering: .relaxed) < moment { shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  /// False when the web server is gone or takes nothing.
  private func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}
