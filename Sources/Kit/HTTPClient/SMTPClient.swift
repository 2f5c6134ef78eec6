package import Core

/// Hands mails to a server over SMTP, by libcurl. It checks certificates, and sends nothing over a
/// connection that is not encrypted, unless the server is this machine.
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

  /// Nothing is asked of the server yet.
  package func connection() -> SMTPConnection { SMTPConnection(self) }

  /// One mail over a connection of its own, see `SMTPConnection.send`.
  package func send(_ text: String, from sender: String, to recipient: String)
    throws(SMTPError)
  {
    try connection().send(text, from: sender, to: recipient)
  }

  func open() throws(SMTPError) -> SMTPSession {
    let session = SMTPSession()
    try session.open(url, timeout: timeout)
    try session.encrypt(needsTLS: needsTLS, authority: authority)
    try session.logIn(user, password)
    return session
  }
}
