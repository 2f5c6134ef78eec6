internal import CFastCGI
internal import Core
internal import Glibc
internal import HTTP

/// One kept connection from the web server and the request in progress on it.
///
/// SAFETY: the epoll set arms a connection for one event at a time (`EPOLLONESHOT`), so one
/// worker at most is inside; the C struct lives on the heap because libfcgi keeps its address.
@safe
final class Exchange: @unchecked Sendable {
  private let request: UnsafeMutablePointer<FCGX_Request>

  /// Takes over the accepted descriptor and closes it in the end.
  init(descriptor: Int32) {
    unsafe request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
    // No listening socket: after a malformed request libfcgi would accept the next one itself,
    // blocking this worker. Without one it gives up at once.
    unsafe FCGX_InitRequest(request, -1, 0)
    unsafe request.pointee.ipcFd = descriptor
    // Otherwise the first FCGX_Accept_r finishes the "previous" request and closes.
    unsafe request.pointee.keepConnection = 1
  }

  deinit {
    unsafe FCGX_Free(request, 1)
    unsafe request.deallocate()
  }

  /// Negative once the connection is closed.
  var descriptor: Int32 { unsafe request.pointee.ipcFd }

  /// Reads one request, has it answered and ends it. Malformed records, a client that went away
  /// and a cut body end the connection, never the process.
  func serve(keep: Bool, _ respond: (Request) -> Response) {
    guard unsafe FCGX_Accept_r(request) == 0 else { return }
    let body = unsafe Body(stream: request.pointee.in)
    let response = respond(makeRequest(body: body))
    write(response)
    // Bytes left unread would be taken for the next request's.
    if !keep || !body.isExhausted { unsafe request.pointee.keepConnection = 0 }
    unsafe FCGX_Finish_r(request)
  }

  private func makeRequest(body: Body) -> Request {
    var method = ""
    var target = ""
    var parameters: [Request.Parameter] = []
    parameters.reserveCapacity(32)
    var entry = unsafe request.pointee.envp
    while let line = unsafe entry?.pointee {
      if let parameter = unsafe Request.Parameter(environmentLine: line) {
        switch parameter.name {
        case Field.requestMethod.parameter: method = parameter.value
        case Field.requestTarget.parameter: target = parameter.value
        case Field.contentLength.parameter: body.announced = Int(parameter.value) ?? 0
        default: break
        }
        parameters.append(parameter)
      }
      unsafe entry = entry?.advanced(by: 1)
    }
    return Request(method: method, target: target, parameters: parameters, body: body)
  }

  private func write(_ response: Response) {
    let bytes = response.cgiBytes
    unsafe bytes.withUnsafeBytes { buffer in
      // A client that went away is no error of ours: the count returned is not looked at, and
      // FCGX_Finish_r closes the connection when the stream has failed.
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      _ = unsafe FCGX_PutStr(start, Int32(clamping: buffer.count), request.pointee.out)
    }
  }
}

/// The body of the request in progress. It must not be read after the answer was written.
///
/// SAFETY: used by the one worker that serves the exchange, while it serves it.
@safe
private final class Body: BodyReader, @unchecked Sendable {
  private let stream: UnsafeMutablePointer<FCGX_Stream>?
  private var consumed = 0
  var announced = 0

  init(stream: UnsafeMutablePointer<FCGX_Stream>?) { unsafe self.stream = unsafe stream }

  func read(_ count: Int) throws(BodyError) -> [UInt8] {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.advanced(by: filled)
        let read = unsafe FCGX_GetStr(
          rest?.assumingMemoryBound(to: CChar.self), Int32(clamping: count - filled), stream)
        guard read > 0 else { break }
        filled += Int(read)
      }
    }
    consumed += bytes.count
    guard bytes.count == count else { throw .cutShort }
    return bytes
  }

  /// True when the stream is at its end, so that the connection can carry another request.
  var isExhausted: Bool {
    guard consumed == announced else { return false }
    return unsafe FCGX_GetChar(stream) < 0
  }
}

extension Request.Parameter {
  /// From `NAME=value`; bytes that are not UTF-8 become replacement characters.
  fileprivate init?(environmentLine line: UnsafeMutablePointer<CChar>) {
    let length = unsafe strlen(line)
    let bytes = unsafe UnsafeBufferPointer(start: line, count: length)
      .withMemoryRebound(to: UInt8.self) { unsafe $0 }
    guard let equals = unsafe bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    self.init(
      unsafe String(decoding: bytes[..<equals], as: UTF8.self),
      unsafe String(decoding: bytes[(equals + 1)...], as: UTF8.self))
  }
}
