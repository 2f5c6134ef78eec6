import Core
import HTTPClient
import KitTesting
import Testing

@Suite struct SMTPClientTests {
  private func client(_ server: LocalMailServer, host: String = "127.0.0.1") throws -> SMTPClient {
    try SMTPClient(url: "smtp://\(host):\(server.port)", timeout: .seconds(20))
  }

  private let text = "Subject: x\r\n\r\n.a line with a dot\r\nend\r\n"

  @Test func aMailArrivesAsItIs() throws {
    let server = try LocalMailServer()
    try client(server).send(text, from: "souk@a.example", to: "ana@b.example")
    let mail = try #require(server.mails.first)
    #expect(mail.sender.hasPrefix("MAIL FROM:<souk@a.example>"))
    #expect(mail.recipient == "RCPT TO:<ana@b.example>")
    // A dot at the beginning of a line is doubled on the way.
    #expect(mail.text.contains("\r\n..a line with a dot\r\nend"))
  }

  @Test func anUnknownRecipientIsRefusedForGood() throws {
    let server = try LocalMailServer(.refuses("550 5.1.1 no such user"))
    let error = #expect(throws: SMTPError.self) {
      try client(server).send(text, from: "souk@a.example", to: "nobody@b.example")
    }
    #expect(error?.isForGood == true, "\(String(describing: error))")
    server.become(.refuses("451 try later"))
    let later = #expect(throws: SMTPError.self) {
      try client(server).send(text, from: "souk@a.example", to: "nobody@b.example")
    }
    #expect(later?.isForGood == false, "\(String(describing: later))")
    #expect(server.mails.isEmpty)
  }

  /// What can be mended on our side, or passes, is no reason to give a mail up.
  @Test(arguments: [
    ("550 5.1.1 no such user", true), ("553 5.1.3 no such form", true),
    ("550 5.1.10 nobody", true), ("550 relay not permitted", false),
    ("553 not in my list of hosts (#5.7.1)", false), ("550", false),
    ("554 5.7.1 Relay access denied", false),
    ("550 5.4.5 Daily quota exceeded", false), ("550 5.7.26 not authenticated", false),
    ("554 Client host blocked", false), ("552 5.2.2 mailbox full", false),
    ("530 5.7.0 log in first", false), ("450 4.2.1 busy", false),
  ])
  func onlyAMailboxThatIsNotThereIsGivenUp(_ answer: String, _ isForGood: Bool) throws {
    let server = try LocalMailServer(.refuses(answer))
    let error = #expect(throws: SMTPError.self) {
      try client(server).send(text, from: "souk@a.example", to: "nobody@b.example")
    }
    #expect(error?.isForGood == isForGood, "\(String(describing: error))")
    #expect(error?.message.contains(answer) == true)
  }

  @Test func oneConnectionCarriesMany() throws {
    let server = try LocalMailServer()
    let connection = try client(server).connection()
    for name in ["ana", "bea", "cleo"] {
      try connection.send("Subject: \(name)\r\n", from: "s@a.example", to: "\(name)@b.example")
    }
    #expect(server.commands.count { $0.hasPrefix("EHLO") } == 1)
    #expect(
      server.mails.map(\.recipient) == ["ana", "bea", "cleo"].map { "RCPT TO:<\($0)@b.example>" })
    #expect(server.mails.map { $0.text.contains("Subject: cleo") } == [false, false, true])
  }

  /// One that is refused, or lost, is no reason for the next not to go.
  @Test func theNextHasAConnectionOfItsOwn() throws {
    let server = try LocalMailServer(.refuses("550 5.1.1 no such user"))
    let connection = try client(server).connection()
    for mood in [LocalMailServer.Mood.refuses("550 5.1.1 no such user"), .dropsAfterData] {
      server.become(mood)
      #expect(throws: SMTPError.self) {
        try connection.send(text, from: "s@a.example", to: "ana@b.example")
      }
      server.become(.takesAll)
      try connection.send(text, from: "s@a.example", to: "bea@b.example")
    }
    #expect(server.mails.count { $0.recipient.contains("bea") } == 2)
  }

  @Test func aLostConnectionIsAnError() throws {
    let server = try LocalMailServer(.dropsAfterData)
    let error = #expect(throws: SMTPError.self) {
      try client(server).send(text, from: "souk@a.example", to: "ana@b.example")
    }
    #expect(error?.isForGood == false)
  }

  /// A server that offers no encryption hears neither password nor mail, unless it is this machine.
  @Test func nothingGoesToAStrangerInTheClear() throws {
    let server = try LocalMailServer()
    for host in ["127.0.0.2", "localhost@127.0.0.2", "127.0.0.1:x@127.0.0.2"] {
      let error = #expect(throws: SMTPError.self, "\(host)") {
        try client(server, host: host).send(text, from: "souk@a.example", to: "ana@b.example")
      }
      #expect(error?.isForGood == false)
    }
    #expect(server.mails.isEmpty)
    #expect(!server.commands.contains { $0.hasPrefix("MAIL") || $0.hasPrefix("AUTH") })
  }

  @Test(arguments: [
    "a b@c.example", "a@b.example>\r\nRCPT TO:<c@d.example", "a@b.example\nDATA", "<a@b.example>",
    "nobody", "a@b\0c.example",
  ])
  func noAddressBecomesACommand(_ address: String) throws {
    let server = try LocalMailServer()
    let error = #expect(throws: SMTPError.self) {
      try client(server).send(text, from: "souk@a.example", to: address)
    }
    #expect(error?.isForGood == true)
    #expect(server.commands.isEmpty)
  }

  @Test func onlyMailServersAreTaken() {
    for url in ["http://a.example", "file:///etc/passwd", "", "a.example"] {
      #expect(throws: SettingsError.self) { try SMTPClient(url: url) }
    }
  }
}
