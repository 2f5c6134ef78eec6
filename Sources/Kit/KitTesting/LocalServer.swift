internal import Dispatch
internal import Glibc
package import JSON
internal import Synchronization

/// A server of a few lines on a port of its own, for tests of what we make of others' answers. One
/// connection after the other, each for one request.
package final class LocalServer: Sendable {
  package struct Request: Sendable {
    package let method: String
    package let path: String
    /// Names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// Null when the body is no JSON.
    package var json: JSONValue {
      do throws(JSONError) { return try JSONValue.parse(body) } catch { return .null }
    }
  }

  package enum Answer: Sendable {
    case json(Int, JSONValue)
    case text(Int, String)
    /// The connection ends without a word.
    case nothing
  }

  /// 127.0.0.1 and the port.
  package let origin: String
  private let socket: Int32
  private let seen = Mutex<[Request]>([])

  /// What was asked, in order.
  package var requests: [Request] { seen.withLock { $0 } }

  package init(_ answer: @escaping @Sendable (Request) throws -> Answer) throws {
    let port = try ListeningPort()
    socket = port.socket
    origin = "http://127.0.0.1:\(port.number)"
    let listener = socket
    DispatchQueue(label: "local server").async { [weak self] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        if let request = Self.read(client) {
          self?.seen.withLock { $0.append(request) }
          Self.send(Self.outcome(request, answer), to: client)
        }
        close(client)
      }
      close(listener)
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))  // wakes accept; the thread closes
  }

  private static func outcome(
    _ request: Request, _ answer: (Request) throws -> Answer
  ) -> Answer {
    do { return try answer(request) } catch { return .text(500, "\(error)") }
  }

  /// Nil when the client went away before it had said all.
  private static func read(_ client: Int32) -> Request? {
    var buffer: [UInt8] = []
    while true {
      if let request = parse(buffer) { return request }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe recv(client, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk.prefix(count)
    }
  }

  /// Nil while it is not whole.
  private static func parse(_ bytes: [UInt8]) -> Request? {
    let mark: [UInt8] = [13, 10, 13, 10]
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else {
      return nil
    }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = String(
        line[line.index(after: colon)...].drop { $0 == " " })
    }
    let body = bytes[(end + 4)...]
    guard body.count >= headers["content-length"].flatMap({ Int($0) }) ?? 0 else { return nil }
    let words = (lines.first ?? "").split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    return Request(method: words[0], path: words[1], headers: headers, body: Array(body))
  }

  private static func send(_ answer: Answer, to client: Int32) {
    let (status, type, body): (Int, String, [UInt8])
    switch answer {
    case .nothing: return
    case .json(let code, let value):
      (status, type, body) = (code, "application/json", value.bytes)
    case .text(let code, let text): (status, type, body) = (code, "text/plain", Array(text.utf8))
    }
    let head =
      "HTTP/1.1 \(status) Status\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n"
      + "Connection: close\r\n\r\n"
    var rest = (Array(head.utf8) + body)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.send(client, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
