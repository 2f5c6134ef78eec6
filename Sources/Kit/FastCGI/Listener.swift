package import Core
internal import Glibc

/// The socket a function listens on: inherited from who started it, or made here.
package struct Listener: Sendable {
  let descriptor: Int32
  /// The path to remove in the end, when the socket was made here.
  let ownedPath: String?
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
        descriptor: try Sockets.listen(unixPath: path), ownedPath: path, isInherited: false)
    } else if address.hasPrefix("tcp:"), let colon = address.lastIndex(of: ":"),
      let port = UInt16(address[address.index(after: colon)...])
    {
      let host = String(address[address.index(address.startIndex, offsetBy: 4)..<colon])
      self.init(
        descriptor: try Sockets.listen(ipv4: host, port: port), ownedPath: nil, isInherited: false)
    } else {
      throw SettingsError("SOUK_LISTEN must be unix:/path or tcp:address:port, not '\(address)'")
    }
  }

  private init(inherited descriptor: Int32) throws {
    // Several workers race for one connection: the losers must not block in accept.
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw SettingsError("the inherited descriptor \(descriptor) is not usable: errno \(errno)")
    }
    self.init(descriptor: descriptor, ownedPath: nil, isInherited: true)
  }

  private init(descriptor: Int32, ownedPath: String?, isInherited: Bool) {
    self.descriptor = descriptor
    self.ownedPath = ownedPath
    self.isInherited = isInherited
  }

  private static func isListening(_ descriptor: Int32) -> Bool {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let status = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length)
    return status == 0 && value == 1
  }

  func close() {
    _ = Glibc.close(descriptor)
    if let ownedPath { _ = unsafe unlink(ownedPath) }
  }
}
