internal import Core
internal import Glibc

/// A port of 127.0.0.1 for a server that is a process of its own.
package enum FreePort {
  /// Free a moment ago, and none that the system gives to clients.
  package static func find() throws -> UInt16 {
    while true {
      let port = UInt16.random(in: 20_000...29_999)
      do throws(SettingsError) {
        close(try Sockets.listen(ipv4: "127.0.0.1", port: port))
        return port
      } catch {
        continue
      }
    }
  }
}
