package import Glibc

/// Listening sockets, for the functions and for who starts them.
package enum Sockets {
  /// A non-blocking listening socket at a path; a dead one left there is replaced.
  package static func listen(unixPath path: String, mode: UInt32 = 0o660) throws(SettingsError)
    -> Int32
  {
    let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    guard path.utf8.count < capacity else {
      throw SettingsError(
        "the socket path '\(path)' has \(path.utf8.count) bytes; the system allows \(capacity - 1)")
    }
    _ = unsafe unlink(path)
    let descriptor = try open(AF_UNIX, at: path)
    let bound = unsafe withAddress(ofUnixPath: path) { address, size in
      unsafe bind(descriptor, address, size)
    }
    guard bound == 0, unsafe chmod(path, mode) == 0 else { throw failure("bind", path, descriptor) }
    return try listen(descriptor, at: path)
  }

  /// Lends the address for a call into the system. Nil when the path is too long for one.
  @unsafe package static func withAddress<R>(
    ofUnixPath path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
  ) -> R? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  package static func listen(ipv4 host: String, port: UInt16) throws(SettingsError) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    let place = "\(host):\(port)"
    guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      throw SettingsError("'\(host)' is not an IPv4 address")
    }
    let descriptor = try open(AF_INET, at: place)
    var on: Int32 = 1
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, size)
      }
    }
    guard bound == 0 else { throw failure("bind", place, descriptor) }
    return try listen(descriptor, at: place)
  }

  private static func open(_ family: Int32, at place: String) throws(SettingsError) -> Int32 {
    let kind =
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      | Int32(
        SOCK_NONBLOCK.rawValue)
    let descriptor = socket(family, kind, 0)
    guard descriptor >= 0 else { throw failure("open", place, nil) }
    return descriptor
  }

  private static func listen(_ descriptor: Int32, at place: String) throws(SettingsError) -> Int32 {
    guard Glibc.listen(descriptor, 1024) == 0 else { throw failure("listen", place, descriptor) }
    return descriptor
  }

  private static func failure(_ verb: String, _ place: String, _ descriptor: Int32?)
    -> SettingsError
  {
    let reason = unsafe String(cString: strerror(errno))
    if let descriptor { _ = close(descriptor) }
    return SettingsError("cannot \(verb) \(place): \(reason)")
  }
}
