internal import CCurl
internal import Core

/// Mails go to the server one after the other. The connection is made with the first of them, and
/// anew after one that did not go. Not to be shared between threads.
package final class SMTPConnection {
  private let client: SMTPClient
  private var session: SMTPSession?

  init(_ client: SMTPClient) { self.client = client }

  /// Throws unless the server has taken the mail over. The text has CRLF at the end of its lines.
  package func send(_ text: String, from sender: String, to recipient: String)
    throws(SMTPError)
  {
    for address in [sender, recipient] where !Self.isPlain(address) {
      throw SMTPError(code: 0, message: "\"\(address)\" is no address to send to", isForGood: true)
    }
    let session = if let session { session } else { try client.open() }
    self.session = nil
    try session.send(Array(text.utf8), from: sender, to: recipient)
    self.session = session
  }

  /// Nothing that would end the command or begin another.
  private static func isPlain(_ address: String) -> Bool {
    address.contains("@")
      && address.utf8.allSatisfy {
        $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
      }
  }
}

/// What curl needs for a connection, and what it reads and hears while it sends.
@safe
final class SMTPSession {
  // SAFETY: the only owner of both; they never leave this object.
  private let handle: UnsafeMutableRawPointer
  private let problem: UnsafeMutablePointer<CChar>
  private var rest: ArraySlice<UInt8> = []
  /// The last line with which the server refused something.
  private var refusal = ""

  private static let library = CCurl_global_init(Int(CURL_GLOBAL_SSL))

  init() {
    precondition(Self.library == CURLE_OK, "curl did not start")
    guard let handle = unsafe CCurl_init() else { fatalError("no memory for curl") }
    unsafe self.handle = handle
    unsafe problem = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe problem.initialize(to: 0)
  }

  deinit {
    // Curl takes its leave of the server, and must not tell us what that says.
    unsafe _ = CCurl_setPointer(handle, CURLOPT_HEADERDATA, nil)
    unsafe CCurl_cleanup(handle)
    unsafe problem.deallocate()
  }

  func open(_ url: String, timeout: Duration) throws(SMTPError) {
    try check(unsafe CCurl_setPointer(handle, CURLOPT_ERRORBUFFER, problem))
    try set(CURLOPT_NOSIGNAL, 1)  // signals belong to the process, which has many threads
    try set(CURLOPT_TIMEOUT_MS, Int(timeout.milliseconds))
    try set(CURLOPT_CONNECTTIMEOUT_MS, Int(min(timeout, .seconds(5)).milliseconds))
    try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_URL, url)
    try set(CURLOPT_UPLOAD, 1)
    try check(unsafe CCurl_setWriter(handle, CURLOPT_READFUNCTION, Self.give))
    try check(unsafe CCurl_setWriter(handle, CURLOPT_HEADERFUNCTION, Self.hear))
  }

  func encrypt(needsTLS: Bool, authority: String?) throws(SMTPError) {
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(
      CURLOPT_USE_SSL, Int(needsTLS ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue))
    if let authority { try set(CURLOPT_CAINFO, authority) }
  }

  func logIn(_ user: String?, _ password: String?) throws(SMTPError) {
    if let user { try set(CURLOPT_USERNAME, user) }
    if let password { try set(CURLOPT_PASSWORD, password) }
  }

  func send(_ text: [UInt8], from sender: String, to recipient: String) throws(SMTPError) {
    (rest, refusal) = (text[...], "")
    unsafe problem.pointee = 0
    try set(CURLOPT_MAIL_FROM, "<\(sender)>")
    guard let recipients = unsafe CCurl_append(nil, "<\(recipient)>") else {
      throw SMTPError(code: Int(CURLE_OUT_OF_MEMORY.rawValue), message: "", isForGood: false)
    }
    defer { unsafe CCurl_free(recipients) }
    try check(unsafe CCurl_setPointer(handle, CURLOPT_MAIL_RCPT, recipients))
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    try check(unsafe CCurl_setPointer(handle, CURLOPT_READDATA, context))
    try check(unsafe CCurl_setPointer(handle, CURLOPT_HEADERDATA, context))
    let point = CrashPoints.before("smtp", "send")
    let result = withExtendedLifetime(self) { unsafe CCurl_perform(handle) }
    CrashPoints.after(point)
    try check(result)
  }

  /// Curl asks for as much as it has room for, until there is nothing.
  private static let give: CCurl_writer = { room, size, count, context in
    guard let room = unsafe room, let context = unsafe context else { return 0 }
    // SAFETY: `send` keeps the session alive until curl has returned.
    let session = unsafe Unmanaged<SMTPSession>.fromOpaque(context).takeUnretainedValue()
    let piece = session.rest.prefix(size * count)
    session.rest = session.rest.dropFirst(piece.count)
    let place = unsafe UnsafeMutableRawBufferPointer(start: room, count: piece.count)
    unsafe place.copyBytes(from: piece)
    return piece.count
  }

  private static let hear: CCurl_writer = { bytes, size, count, context in
    guard let bytes = unsafe bytes, let context = unsafe context else { return size * count }
    // SAFETY: `send` keeps the session alive until curl has returned.
    let session = unsafe Unmanaged<SMTPSession>.fromOpaque(context).takeUnretainedValue()
    let line = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: min(500, size * count)))
    if line.first == UInt8(ascii: "4") || line.first == UInt8(ascii: "5") {
      session.refusal = String(decoding: line, as: UTF8.self)
    }
    return size * count
  }

  private func set(_ option: CURLoption, _ value: Int) throws(SMTPError) {
    try check(unsafe CCurl_setLong(handle, option, value))
  }

  /// Curl copies the text.
  private func set(_ option: CURLoption, _ value: String) throws(SMTPError) {
    try check(unsafe CCurl_setString(handle, option, value))
  }

  private func check(_ result: CURLcode) throws(SMTPError) {
    guard result != CURLE_OK else { return }
    let detail = unsafe String(cString: problem)
    let general = unsafe String(cString: CCurl_text(result))
    let answer = String(refusal.prefix { !$0.isNewline })
    let message = detail.isEmpty ? general : detail
    throw SMTPError(
      code: Int(result.rawValue), message: answer.isEmpty ? message : "\(message) (\(answer))",
      isForGood: detail.hasPrefix("RCPT failed") && SMTPError.deniesMailbox(answer))
  }
}
