internal import CCurl
internal import Core

/// A blocking HTTP client over libcurl. It keeps its connections open for the next request, and
/// belongs to one thread.
///
/// It follows no redirect, speaks only http and https, checks certificates, sends paths as they
/// are, and takes no proxy from the environment.
@safe
package final class HTTPClient {
  // SAFETY: the only owner of both, and they move to no other thread without it.
  private let handle: UnsafeMutableRawPointer
  private let problem: UnsafeMutablePointer<CChar>

  private let timeout: Duration
  private let connectTimeout: Duration
  private let unixSocket: String?
  private let longestBody: Int

  private static let library = CCurl_global_init(Int(CURL_GLOBAL_SSL))

  /// `timeout` bounds a request from beginning to end. With `unixSocket` every request goes
  /// there, whatever its URL says.
  package init(
    timeout: Duration, connectTimeout: Duration = .seconds(2), unixSocket: String? = nil,
    longestBody: Int = 10 * 1024 * 1024
  ) {
    precondition(timeout >= .milliseconds(1), "zero would mean to curl that there is no limit")
    precondition(HTTPClient.library == CURLE_OK, "curl did not start")
    guard let handle = unsafe CCurl_init() else { fatalError("no memory for curl") }
    unsafe self.handle = handle
    unsafe problem = .allocate(capacity: Int(CURL_ERROR_SIZE))
    self.timeout = timeout
    self.connectTimeout = min(connectTimeout, timeout)
    self.unixSocket = unixSocket
    self.longestBody = longestBody
  }

  deinit {
    unsafe CCurl_cleanup(handle)
    unsafe problem.deallocate()
  }

  /// Throws when there is no complete answer within the time and size allowed. A status of 400
  /// and above is an answer like any other.
  package func send(
    _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil
  ) throws(HTTPClientError) -> HTTPClientResponse {
    // Connections survive it, pointers to what lives only in this function do not.
    defer { unsafe CCurl_reset(handle) }
    unsafe problem.initialize(to: 0)
    try unsafe set(CURLOPT_ERRORBUFFER, pointer: problem)
    try setLimits()
    try setRequest(method, url, body)
    let lines = try HeaderLines(headers)
    try unsafe set(CURLOPT_HTTPHEADER, pointer: lines.list)
    let transfer = Transfer(longestBody: longestBody)
    try receive(into: transfer)
    let point = CrashPoints.before("http", "\(method) \(url)")
    let result = withExtendedLifetime((lines, transfer)) { unsafe CCurl_perform(handle) }
    CrashPoints.after(point)
    if transfer.isTooLong {
      let limits = "\(longestBody) bytes, or its headers are over \(Transfer.longestHeaders)"
      throw HTTPClientError(CURLE_FILESIZE_EXCEEDED, "the answer is over \(limits)")
    }
    try check(result)
    var status = 0
    try check(unsafe CCurl_responseCode(handle, &status))
    return HTTPClientResponse(status: status, headers: transfer.headers, body: transfer.body)
  }
}

// MARK: - Options

extension HTTPClient {
  private func setLimits() throws(HTTPClientError) {
    try set(CURLOPT_NOSIGNAL, 1)  // signals belong to the process, which has many threads
    try set(CURLOPT_TIMEOUT_MS, Int(timeout.milliseconds))
    try set(CURLOPT_CONNECTTIMEOUT_MS, Int(connectTimeout.milliseconds))
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_PROXY, "")
    if let unixSocket { try set(CURLOPT_UNIX_SOCKET_PATH, unixSocket) }
  }

  private func setRequest(
    _ method: String, _ url: String, _ body: [UInt8]?
  ) throws(HTTPClientError) {
    guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else {
      throw HTTPClientError(CURLE_BAD_FUNCTION_ARGUMENT, "\"\(method)\" is no method")
    }
    try set(CURLOPT_URL, url)
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_NOBODY, method == "HEAD" ? 1 : 0)
    // Servers ask for a length with these, even if it is zero.
    let impliesBody = ["POST", "PUT", "PATCH"].contains(method)
    if let body = body ?? (impliesBody ? [] : nil) {
      try set(CURLOPT_POSTFIELDSIZE, body.count)
      try check(
        unsafe body.withUnsafeBytes { bytes in
          // SAFETY: curl only reads it, and copies it before it returns.
          let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
          return unsafe CCurl_setPointer(handle, CURLOPT_COPYPOSTFIELDS, start)
        })
    }
    try set(CURLOPT_CUSTOMREQUEST, method)
  }

  private func receive(into transfer: Transfer) throws(HTTPClientError) {
    let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
    try unsafe set(CURLOPT_WRITEDATA, pointer: context)
    try unsafe set(CURLOPT_HEADERDATA, pointer: context)
    try check(unsafe CCurl_setWriter(handle, CURLOPT_WRITEFUNCTION, Transfer.takeBody))
    try check(unsafe CCurl_setWriter(handle, CURLOPT_HEADERFUNCTION, Transfer.takeHeader))
  }

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
    try check(unsafe CCurl_setLong(handle, option, value))
  }

  /// Curl copies the text.
  private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
    guard !value.utf8.contains(0) else {
      throw HTTPClientError(CURLE_BAD_FUNCTION_ARGUMENT, "a text with a zero character")
    }
    try check(unsafe CCurl_setString(handle, option, value))
  }

  private func set(
    _ option: CURLoption, pointer: UnsafeMutableRawPointer?
  ) throws(HTTPClientError) {
    try check(unsafe CCurl_setPointer(handle, option, pointer))
  }

  private func check(_ result: CURLcode) throws(HTTPClientError) {
    guard result != CURLE_OK else { return }
    let detail = unsafe String(cString: problem)
    let general = unsafe String(cString: CCurl_text(result))
    throw HTTPClientError(result, detail.isEmpty ? general : detail)
  }
}

extension HTTPClientError {
  init(_ code: CURLcode, _ message: String) {
    self.init(code: Int(code.rawValue), message: message)
  }
}
