import Foundation
import Glibc
import KitTesting
import Synchronization

/// A server of a few lines on a socket of its own, for tests of what a client makes of answers
/// that no real server gives. One connection after the other, each as long as the client keeps it.
final class TinyServer: Sendable {
  enum Answer {
    case bytes(String)
    /// Nothing, until the client goes away.
    case silence
    /// These bytes, then the end of the connection.
    case last(String)
  }

  struct Failure: Error { let operation: String }

  /// 127.0.0.1 and the port; empty for a unix socket.
  let origin: String
  private let socket: Int32
  private let path: String?
  private let requests = Mutex<[String]>([])
  private let connections = Mutex(0)

  var requestsSeen: [String] { requests.withLock { $0 } }
  var connectionsSeen: Int { connections.withLock { $0 } }

  init(unixSocket: String? = nil, answer: @escaping @Sendable (String) -> Answer) throws {
    path = unixSocket
    if let unixSocket {
      socket = try TinyServer.bindUnix(unixSocket)
      origin = "http://localhost"
    } else {
      let port = try ListeningPort()
      socket = port.socket
      origin = "http://127.0.0.1:\(port.number)"
    }
    let listener = socket
    Thread.detachNewThread { [weak self] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        self?.connections.withLock { $0 += 1 }
        TinyServer.serve(client) { request in
          self?.requests.withLock { $0.append(request) }
          return answer(request)
        }
        close(client)
      }
      close(listener)
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))  // wakes accept; the thread closes
    if let path { unsafe unlink(path) }
  }

  private static func serve(_ client: Int32, _ answer: (String) -> Answer) {
    var buffer: [UInt8] = []
    while let request = readRequest(client, &buffer) {
      switch answer(request) {
      case .bytes(let text): send(text, to: client)
      case .last(let text): return send(text, to: client)
      case .silence:
        while receive(client, &buffer) {}
        return
      }
    }
  }

  /// Nil when the client has closed the connection.
  private static func readRequest(_ client: Int32, _ buffer: inout [UInt8]) -> String? {
    while true {
      let text = String(decoding: buffer, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let fields = text[..<end.lowerBound].lowercased().components(separatedBy: "\r\n")
        let prefix = "content-length: "
        let length = fields.first { $0.hasPrefix(prefix) }.flatMap {
          Int($0.dropFirst(prefix.count))
        }
        let whole = text[..<end.upperBound].utf8.count + (length ?? 0)
        if buffer.count >= whole {
          defer { buffer.removeFirst(whole) }
          return String(decoding: buffer.prefix(whole), as: UTF8.self)
        }
      }
      guard receive(client, &buffer) else { return nil }
    }
  }

  private static func receive(_ client: Int32, _ buffer: inout [UInt8]) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe recv(client, &chunk, chunk.count, 0)
    if count > 0 { buffer += chunk.prefix(count) }
    return count > 0
  }

  private static func send(_ text: String, to client: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.send(client, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private static func bindUnix(_ path: String) throws -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
      unsafe place.copyBytes(from: path.utf8.prefix(place.count - 1))
    }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(socket, generic, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard bound, listen(socket, 8) == 0 else { throw Failure(operation: "bind") }
    return socket
  }
}
