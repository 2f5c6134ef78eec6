internal import Core
internal import Glibc

/// A way to the server: a connected socket, which the caller closes.
enum ServerSocket {
  /// Looking up a host's name is the one step without a bound.
  static func open(
    _ host: ServerAddress.Host, until deadline: Deadline, silentMax: Duration
  ) throws(PostgresError) -> Int32 {
    host.isSocket
      ? try openUnix("\(host.name)/.s.PGSQL.\(host.port)", until: deadline)
      : try openTCP(host, until: deadline, silentMax: silentMax)
  }

  private static func openUnix(_ path: String, until deadline: Deadline) throws(PostgresError)
    -> Int32
  {
    let opened = unsafe Sockets.withAddress(ofUnixPath: path) { address, size in
      unsafe connected(AF_UNIX, address, size, until: deadline)
    }
    guard let socket = opened else {
      throw PostgresError(.connectFailed, "the path of the socket is too long: \(path)")
    }
    guard let socket else { throw failure(path, systemReason()) }
    return socket
  }

  private static func openTCP(
    _ host: ServerAddress.Host, until deadline: Deadline, silentMax: Duration
  ) throws(PostgresError) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let place = "\(host.name):\(host.port)"
    let found = unsafe getaddrinfo(host.name, "\(host.port)", &hints, &first)
    guard found == 0 else { throw failure(place, unsafe String(cString: gai_strerror(found))) }
    defer { unsafe freeaddrinfo(first) }
    var reason = "it has no address"
    let addresses = unsafe Self.addresses(first)
    for unsafe(index, address) in unsafe addresses.enumerated() {
      let share = unsafe deadline.share(of: addresses.count - index)
      if let socket = unsafe connected(
        address.pointee.ai_family, address.pointee.ai_addr, address.pointee.ai_addrlen,
        until: share)
      {
        set(socket, IPPROTO_TCP, TCP_NODELAY, 1)
        set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, Int32(clamping: silentMax.milliseconds))
        return socket
      }
      reason = systemReason()
    }
    throw failure(place, reason)
  }

  @unsafe private static func addresses(
    _ first: UnsafeMutablePointer<addrinfo>?
  ) -> [UnsafeMutablePointer<addrinfo>] {
    var addresses: [UnsafeMutablePointer<addrinfo>] = unsafe []
    var next = unsafe first
    while let address = unsafe next {
      unsafe addresses.append(address)
      unsafe next = address.pointee.ai_next
    }
    return unsafe addresses
  }

  /// Nil leaves the reason in `errno`. The kernel bounds the wait for the other side as it bounds
  /// sending.
  @unsafe private static func connected(
    _ family: Int32, _ address: UnsafePointer<sockaddr>?, _ size: socklen_t,
    until deadline: Deadline
  ) -> Int32? {
    let socket = Glibc.socket(
      family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    let milliseconds = Int(max(deadline.millisecondsLeft, 1))
    var bound = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    unsafe setsockopt(
      socket, SOL_SOCKET, SO_SNDTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
    while unsafe connect(socket, address, size) != 0 {
      if errno == EINTR, !deadline.hasPassed { continue }
      if errno == EISCONN { break }  // A signal came, and the connection was made meanwhile.
      let reason = errno
      close(socket)
      errno = reason == EINPROGRESS || reason == EAGAIN ? ETIMEDOUT : reason
      return nil
    }
    return socket
  }

  private static func set(
    _ socket: Int32, _ level: some BinaryInteger, _ option: Int32, _ value: Int32
  ) {
    var value = value
    unsafe setsockopt(
      socket, Int32(level), option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func systemReason() -> String { unsafe String(cString: strerror(errno)) }

  private static func failure(_ place: String, _ reason: String) -> PostgresError {
    PostgresError(.connectFailed, "no connection to \(place): \(reason)")
  }
}
