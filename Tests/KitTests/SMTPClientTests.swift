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
    let server = try LocalMailServer(.refuses("550 no such user"))
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
