internal import Core

/// What a mail server and one client say to each other.
final class MailSession {
  private let wire: Wire
  private let server: LocalMailServer
  private var isLoggedIn = false
  private var (sender, recipient) = ("", "")

  init(_ wire: Wire, _ server: LocalMailServer) {
    self.wire = wire
    self.server = server
  }

  func serve() {
    if case .fromTheStart(let certificate) = server.encryption {
      guard wire.encrypt(certificate) else { return }
    }
    wire.say("220 here")
    while let line = wire.read(until: "\r\n") {
      server.hear(line)
      guard answer(line) else { return }
    }
  }

  /// False when the conversation is over.
  private func answer(_ line: String) -> Bool {
    switch line.prefix(while: { $0 != " " }).uppercased() {
    case "EHLO", "HELO": greet()
    case "STARTTLS": return startTLS()
    case "AUTH": return logIn(line)
    case "MAIL":
      sender = line
      wire.say(objection ?? "250 fine")
    case "RCPT":
      recipient = line
      if case .refuses(let answer) = server.mood { wire.say(answer) } else { wire.say("250 fine") }
    case "DATA": return takeMail()
    case "QUIT":
      wire.say("221 bye")
      return false
    default: wire.say("500 what")
    }
    return true
  }

  private var isStillClear: Bool {
    if case .startTLS = server.encryption { !wire.isEncrypted } else { false }
  }

  private func greet() {
    var lines = ["here"]
    if isStillClear { lines.append("STARTTLS") }
    if let account = server.account, !isStillClear { lines.append("AUTH \(account.mechanism)") }
    for line in lines.dropLast() { wire.say("250-\(line)") }
    wire.say("250 \(lines[lines.count - 1])")
  }

  private func startTLS() -> Bool {
    guard case .startTLS(let certificate) = server.encryption else {
      wire.say("502 not here")
      return true
    }
    wire.say("220 go on")
    wire.forgetWhatCame()
    return wire.encrypt(certificate)
  }

  /// Why no mail is taken as things stand.
  private var objection: String? {
    if isStillClear { return "530 encrypt first" }
    return server.account != nil && !isLoggedIn ? "530 log in first" : nil
  }

  // MARK: Logging in

  private func logIn(_ line: String) -> Bool {
    guard let account = server.account, !isStillClear, line.hasSuffix(account.mechanism) else {
      wire.say("504 not so")
      return true
    }
    let isPlain = account.mechanism == "PLAIN"
    guard let given = isPlain ? plain() : userAndPassword() else { return false }
    isLoggedIn = given == [account.user, account.password]
    wire.say(isLoggedIn ? "235 welcome" : "535 no")
    return true
  }

  /// Nil when the client has gone.
  private func plain() -> [String]? {
    guard let answer = ask("") else { return nil }
    // Whom to act for, who one is, and the password.
    let parts = answer.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    return Array(parts.dropFirst())
  }

  private func userAndPassword() -> [String]? {
    guard let user = ask("VXNlcm5hbWU6"), let password = ask("UGFzc3dvcmQ6") else { return nil }
    return [user, password]
  }

  private func ask(_ question: String) -> String? {
    wire.say("334 \(question)")
    guard let answer = wire.read(until: "\r\n") else { return nil }
    return Base64.decode(answer).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  // MARK: Mail

  private func takeMail() -> Bool {
    if let objection {
      wire.say(objection)
      return true
    }
    wire.say("354 go on")
    guard let text = wire.read(until: "\r\n.\r\n") else { return false }
    server.take(
      .init(sender: sender, recipient: recipient, text: text, cameEncrypted: wire.isEncrypted))
    switch server.mood {
    case .dropsAfterData: return false
    case .takesItsTime(let pass): pass()
    case .takesAll, .refuses: break
    }
    wire.say("250 taken")
    return true
  }
}
