internal import Glibc

/// A socket that listens on a free port.
package struct ListeningPort: Sendable {
  struct Failure: Error { let operation: String }

  package let socket: Int32
  package let number: UInt16

  /// On 127.0.0.1, or on every address this machine has.
  package init(everywhere: Bool = false) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(everywhere ? 0 : 0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (socket, size) = (socket, length)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(socket, generic, size) == 0 && getsockname(socket, generic, &length) == 0
      }
    }
    guard bound, listen(socket, 16) == 0 else {
      close(socket)
      throw Failure(operation: "bind")
    }
    number = UInt16(bigEndian: address.sin_port)
  }
}
