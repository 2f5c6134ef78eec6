internal import CCurl
package import Core

/// Hands mails to a server over SMTP, by libcurl. It checks certificates, and sends nothing over a
/// connection that is not encrypted, unless the server is this machine. Each mail has a connection
/// of its own.
package struct SMTPClient: Sendable {
  private let url: String
  private let user: String?
  private let password: String?
  private let timeout: Duration
  private let needsTLS: Bool
  private let authority: String?

  /// `authority` is a file with the certificates that are believed instead of those that this
  /// machine believes. Throws for a URL that is neither `smtp://` nor `smtps://`, and when there is
  /// no such file.
  package init(
    url: String, user: String? = nil, password: String? = nil, authority: String? = nil,
    timeout: Duration = .seconds(30)
  ) throws(SettingsError) {
    guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://"), !url.utf8.contains(0) else {
      throw SettingsError("the mail server's URL must begin with smtp:// or smtps://")
    }
    if let authority, authority.utf8.contains(0) || !Files.exists(authority) {
      throw SettingsError("there is no file \(authority) with certificates")
    }
    self.authority = authority
    self.url = url
    self.user = user
    self.password = password
    self.timeout = timeout
    needsTLS = !(url.hasPrefix("smtp://") && Self.isHere(url))
  }

  /// `smtp://name:port/…`; whoever hides another host behind an `@` is taken for a stranger.
  private static func isHere(_ url: String) -> Bool {
    let place = url.dropFirst("smtp://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = place.hasPrefix("[") ? place.prefix { $0 != "]" } + "]" : place.prefix { $0 != ":" }
    return !place.contains("@") && ["localhost", "127.0.0.1", "[::1]"].contains(host)
  }

  /// Throws unless the server has taken the mail over. The text has CRLF at the end of its lines.
  package func send(_ text: String, from sender: String, to recipient: String)
    throws(SMTPError)
  {
    for address in [sender, recipient] where !Self.isPlain(address) {
      throw SMTPError(code: 0, message: "\"\(address)\" is no address to send to", isForGood: true)
    }
    let session = SMTPSession(Array(text.utf8))
    try session.open(url, timeout: timeout)
    try session.encrypt(needsTLS: needsTLS, authority: authority)
    try session.logIn(user, password)
    try session.send(from: sender, to: recipient)
  }

  /// Nothing that would end the command or begin another.
  private static func isPlain(_ address: String) -> Bool {
    address.contains("@")
      && address.utf8.allSatisfy {
        $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
      }
  }
}

/// The mail was not taken, or nobody knows. The code is curl's.
package struct SMTPError: Error, Equatable, CustomStringConvertible {
  package let code: Int
  package let message: String
  /// No repetition will help: the server will not have this recipient.
  package let isForGood: Bool

  package var description: String { "curl error \(code): \(message)" }
}

/// One connection and what curl reads while it sends.
@safe
private final class SMTPSession {
  // SAFETY: the only owner of both; they never leave this object.
  private let handle: UnsafeMutableRawPointer
  private let problem: UnsafeMutablePointer<CChar>
  private var recipients: UnsafeMutablePointer<curl_slist>?
  private var rest: ArraySlice<UInt8>

  private static let library = CCurl_global_init(Int(CURL_GLOBAL_SSL))

  init(_ text: [UInt8]) {
    precondition(Self.library == CURLE_OK, "curl did not start")
    guard let handle = unsafe CCurl_init() else { fatalError("no memory for curl") }
    unsafe self.handle = handle
    unsafe problem = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe problem.initialize(to: 0)
    unsafe recipients = nil
    rest = text[...]
  }

  deinit {
    unsafe CCurl_cleanup(handle)
    unsafe CCurl_free(recipients)
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

  func send(from sender: String, to recipient: String) throws(SMTPError) {
    try set(CURLOPT_MAIL_FROM, "<\(sender)>")
    guard let list = unsafe CCurl_append(nil, "<\(recipient)>") else {
      throw SMTPError(code: Int(CURLE_OUT_OF_MEMORY.rawValue), message: "", isForGood: false)
    }
    unsafe recipients = list
    try check(unsafe CCurl_setPointer(handle, CURLOPT_MAIL_RCPT, list))
    try set(CURLOPT_UPLOAD, 1)
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    try check(unsafe CCurl_setPointer(handle, CURLOPT_READDATA, context))
    try check(unsafe CCurl_setWriter(handle, CURLOPT_READFUNCTION, Self.give))
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

  private func set(_ option: CURLoption, _ value: Int) throws(SMTPError) {
    try check(unsafe CCurl_setLong(handle, option, value))
  }

  /// Curl copies the text.
  private func set(_ option: CURLoption, _ value: String) throws(SMTPError) {
    try check(unsafe CCurl_setString(handle, option, value))
  }

  private func check(_ result: CURLcode) throws(SMTPError) {
    guard result != CURLE_OK else { return }
    var status = 0
    unsafe _ = CCurl_responseCode(handle, &status)
    let detail = unsafe String(cString: problem)
    let general = unsafe String(cString: CCurl_text(result))
    // "User unknown" and the like. What is refused otherwise can be a mistake in our settings.
    let isForGood = detail.hasPrefix("RCPT failed") && (550...554).contains(status)
    throw SMTPError(
      code: Int(result.rawValue), message: detail.isEmpty ? general : detail,
      isForGood: isForGood)
  }
}
