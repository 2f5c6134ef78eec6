package import Core
internal import Glibc

/// The socket a function listens on: inherited from who started it, or made here.
package struct Listener: Sendable {
  let descriptor: Int32
  /// What to remove in the end, when the socket was made here.
  private let owned: SocketFile?
  /// An inherited socket lives on in who gave it: connections waiting there are the successor's.
  let isInherited: Bool

  /// In this order: systemd's descriptor 3, a listening socket as descriptor 0 (what `souk up`
  /// and spawn-fcgi give), the address in `SOUK_LISTEN` (`unix:/path` or `tcp:127.0.0.1:9001`).
  /// Nil when there is none, which is how a plain CGI program is called.
  package static func inherited(_ environment: Environment) throws -> Listener? {
    if environment["LISTEN_FDS"] == "1", environment["LISTEN_PID"] == String(getpid()) {
      return try Listener(inherited: 3)
    }
    if isListening(0) { return try Listener(inherited: 0) }
    guard let address = try environment.text("SOUK_LISTEN") else { return nil }
    return try Listener(address: address)
  }

  package init(address: String) throws {
    if address.hasPrefix("unix:") {
      let path = String(address.dropFirst(5))
      self.init(
        descriptor: try Sockets.listen(unixPath: path), owned: SocketFile(path: path),
        isInherited: false)
    } else if address.hasPrefix("tcp:"), let colon = address.lastIndex(of: ":"),
      let port = UInt16(address[address.index(after: colon)...])
    {
      let host = String(address[address.index(address.startIndex, offsetBy: 4)..<colon])
      self.init(
        descriptor: try Sockets.listen(ipv4: host, port: port), owned: nil, isInherited: false)
    } else {
      throw SettingsError("SOUK_LISTEN must be unix:/path or tcp:address:port, not '\(address)'")
    }
  }

  /// A listening socket that is not ours: it lives on in who gave it.
  package init(inherited descriptor: Int32) throws {
    // Several workers race for one connection: the losers must not block in accept.
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw SettingsError("the inherited descriptor \(descriptor) is not usable: errno \(errno)")
    }
    self.init(descriptor: descriptor, owned: nil, isInherited: true)
  }

  private init(descriptor: Int32, owned: SocketFile?, isInherited: Bool) {
    self.descriptor = descriptor
    self.owned = owned
    self.isInherited = isInherited
  }

  private static func isListening(_ descriptor: Int32) -> Bool {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let status = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length)
    return status == 0 && value == 1
  }

  /// Lets nobody new connect to a unix socket made here; what waits can still be accepted. (TCP
  /// would reset what waits.)
  func refuseMore() {
    if owned != nil { shutdown(descriptor, Int32(SHUT_RD)) }
  }

  /// Removes the path of a socket made here, unless a successor's stands there by now.
  func close() {
    if let owned, SocketFile(path: owned.path) == owned { _ = unsafe unlink(owned.path) }
    _ = Glibc.close(descriptor)
  }
}

/// The file of a unix socket, told from another at the same path.
private struct SocketFile: Equatable {
  let path: String
  private let device: dev_t
  private let inode: ino_t

  /// Nil when nothing is there.
  init?(path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    self.path = path
    device = status.st_dev
    inode = status.st_ino
  }
}
