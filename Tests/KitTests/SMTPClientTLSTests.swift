import Core
import HTTPClient
import KitTesting
import Testing

/// Mails to a server that is not this machine: encrypted, by who may send, or not at all.
@Suite struct SMTPClientTLSTests {
  private let certificate: TestCertificate
  private static let host = "127.0.0.2"

  init() throws { certificate = try TestCertificate(for: "IP:\(Self.host)") }

  enum Way: CaseIterable {
    case startTLS, fromTheStart

    var scheme: String { self == .startTLS ? "smtp" : "smtps" }

    func encryption(_ certificate: TestCertificate) -> LocalMailServer.Encryption {
      self == .startTLS ? .startTLS(certificate) : .fromTheStart(certificate)
    }
  }

  private func send(
    _ way: Way, to server: LocalMailServer, user: String? = nil, password: String? = nil,
    trusting trusted: TestCertificate?
  ) throws {
    let client = try SMTPClient(
      url: "\(way.scheme)://\(Self.host):\(server.port)", user: user, password: password,
      authority: trusted?.authority, timeout: .seconds(20))
    try client.send(
      "Subject: x\r\n\r\nend\r\n", from: "souk@a.example", to: "ana@b.example")
  }

  @Test(arguments: Way.allCases)
  func aMailGoesEncrypted(_ way: Way) throws {
    let server = try LocalMailServer(encryption: way.encryption(certificate))
    try send(way, to: server, trusting: certificate)
    #expect(server.mails.map(\.cameEncrypted) == [true])
    #expect(server.commands.contains("STARTTLS") == (way == .startTLS))
  }

  @Test(arguments: Way.allCases, ["PLAIN", "LOGIN"])
  func whoMayLogInMaySend(_ way: Way, _ mechanism: String) throws {
    let account = LocalMailServer.Account(
      mechanism: mechanism, user: "souk", password: "p+ä/s s?")
    let server = try LocalMailServer(encryption: way.encryption(certificate), account: account)
    try send(
      way, to: server, user: "souk", password: "p+ä/s s?", trusting: certificate)
    #expect(server.mails.map(\.cameEncrypted) == [true])
    #expect(server.commands.contains { $0.hasPrefix("AUTH \(mechanism)") })
  }

  @Test(arguments: ["PLAIN", "LOGIN"])
  func aWrongPasswordIsRefusedAndMayBeMended(_ mechanism: String) throws {
    let server = try LocalMailServer(
      encryption: .startTLS(certificate),
      account: .init(mechanism: mechanism, user: "souk", password: "right"))
    let error = #expect(throws: SMTPError.self) {
      try send(
        .startTLS, to: server, user: "souk", password: "wrong", trusting: certificate)
    }
    #expect(error?.code == 67, "\(String(describing: error))")
    #expect(error?.isForGood == false)
    #expect(server.mails.isEmpty && !server.commands.contains { $0.hasPrefix("MAIL") })
  }

  /// Neither password nor mail go to somebody who cannot prove who they are.
  @Test(arguments: Way.allCases)
  func aCertificateOfAnotherNameIsRefused(_ way: Way) throws {
    let other = try TestCertificate(for: "IP:127.0.0.3")
    try expectRefused(way, other, trusting: other)
  }

  @Test(arguments: Way.allCases)
  func aCertificateThatNobodyVouchesForIsRefused(_ way: Way) throws {
    try expectRefused(way, certificate, trusting: nil)
    let other = try TestCertificate(for: "IP:\(Self.host)")
    try expectRefused(way, certificate, trusting: other)
  }

  private func expectRefused(
    _ way: Way, _ certificate: TestCertificate, trusting trusted: TestCertificate?
  ) throws {
    let server = try LocalMailServer(
      encryption: way.encryption(certificate), account: .init(user: "souk", password: "right"))
    let error = #expect(throws: SMTPError.self) {
      try send(way, to: server, user: "souk", password: "right", trusting: trusted)
    }
    #expect(error?.code == 60, "\(String(describing: error))")
    #expect(error?.isForGood == false)
    #expect(server.mails.isEmpty)
    #expect(!server.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
  }

  @Test func anAuthorityHasToBeThere() {
    #expect(throws: SettingsError.self) {
      try SMTPClient(url: "smtps://a.example", authority: "/nowhere/authority")
    }
  }
}
