import Glibc

/// The web server's side of FastCGI over a raw socket, made by hand so that it can also break
/// every rule. No call waits longer than ten seconds.
final class FastCGIClient {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// All records up to FCGI_END_REQUEST.
  struct Answer {
    /// Of FCGI_END_REQUEST; 0 is a complete request.
    var status: UInt8 = 0
    var output: [UInt8] = []

    var text: String { String(decoding: output, as: UTF8.self) }

    /// What follows the headers.
    var body: [UInt8] {
      let end = Array("\r\n\r\n".utf8)
      for start in output.indices where output[start...].starts(with: end) {
        return Array(output[(start + end.count)...])
      }
      return []
    }

    var bodyText: String { String(decoding: body, as: UTF8.self) }
  }

  private let descriptor: Int32
  private var received: [UInt8] = []

  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
      unsafe place.copyBytes(from: path.utf8.prefix(place.count - 1))
    }
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      let number = errno
      close(descriptor)
      throw Failure(description: "connect: errno \(number)")
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
      sent += count
    }
  }

  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Reads one whole answer. Throws when the connection ends before.
  func answer() throws -> Answer {
    var answer = Answer()
    while true {
      let record = try nextRecord()
      switch record.kind {
      case 3:
        answer.status = record.content[4]
        return answer
      case 6: answer.output += record.content
      default: throw Failure(description: "record of kind \(record.kind)")
      }
    }
  }

  func nextRecord() throws -> (kind: UInt8, id: UInt16, content: [UInt8]) {
    try receive(atLeast: 8)
    let length = Int(received[4]) << 8 + Int(received[5])
    let padded = 8 + length + Int(received[6])
    try receive(atLeast: padded)
    defer { received.removeFirst(padded) }
    return (
      received[1], UInt16(received[2]) << 8 | UInt16(received[3]), Array(received[8..<8 + length])
    )
  }

  /// Everything until the server closes. Throws when it does not.
  func rest() throws -> [UInt8] {
    while try receive() {}
    defer { received = [] }
    return received
  }

  /// True once the server has closed the connection and nothing is left to read.
  var isClosed: Bool {
    get throws { try !receive() }
  }

  /// Whether anything came that was not read yet. Does not wait.
  var hasNews: Bool {
    var byte: UInt8 = 0
    return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) >= 0
  }

  private func receive(atLeast count: Int) throws {
    while received.count < count {
      guard try receive() else {
        throw Failure(description: "closed after \(received.count) of \(count) bytes")
      }
    }
  }

  private func receive() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
    // A server that closes with bytes unread resets the connection.
    if count < 0 && errno == ECONNRESET { return false }
    guard count >= 0 else { throw Failure(description: "recv: errno \(errno)") }
    received += chunk.prefix(count)
    return count > 0
  }
}

/// Records as a web server writes them.
enum FastCGIRecords {
  static func record(_ kind: UInt8, id: UInt16 = 1, _ content: [UInt8], padding: UInt8 = 0)
    -> [UInt8]
  {
    [
      1, kind, UInt8(id >> 8), UInt8(id & 255), UInt8(content.count >> 8 & 255),
      UInt8(content.count & 255), padding, 0,
    ] + content + [UInt8](repeating: 0, count: Int(padding))
  }

  static func begin(id: UInt16 = 1, keep: Bool = true, role: UInt8 = 1) -> [UInt8] {
    record(1, id: id, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0])
  }

  static func pair(_ name: String, _ value: String) -> [UInt8] {
    length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
  }

  private static func length(_ count: Int) -> [UInt8] {
    if count < 128 { return [UInt8(count)] }
    return [
      UInt8(count >> 24 | 128), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255),
      UInt8(count & 255),
    ]
  }

  /// A stream in records of `size`, with its empty last one.
  static func stream(_ kind: UInt8, id: UInt16 = 1, _ bytes: [UInt8], size: Int = 65_528)
    -> [UInt8]
  {
    var records: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      let content = Array(bytes[start..<min(start + size, bytes.count)])
      records += record(kind, id: id, content, padding: UInt8((8 - content.count % 8) % 8))
    }
    return records + record(kind, id: id, [])
  }

  static func parameters(_ pairs: [(String, String)], id: UInt16 = 1) -> [UInt8] {
    stream(4, id: id, pairs.flatMap { pair($0.0, $0.1) })
  }

  /// A whole request.
  static func request(
    _ target: String, method: String = "GET", body: [UInt8] = [], announced: Int? = nil,
    headers: [(String, String)] = [], id: UInt16 = 1, keep: Bool = true
  ) -> [UInt8] {
    let length = announced ?? body.count
    let facts = [
      ("REQUEST_METHOD", method), ("REQUEST_URI", target), ("REMOTE_ADDR", "127.0.0.1"),
      ("CONTENT_LENGTH", length == 0 ? "" : String(length)),
    ]
    return begin(id: id, keep: keep) + parameters(facts + headers, id: id)
      + stream(5, id: id, body)
  }
}
