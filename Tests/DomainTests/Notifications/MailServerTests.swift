import Core
import KitTesting
import Notifications
import Postgres
import Testing

/// What becomes of a mail when its server is a stranger that wants to be sure of us, and we of it.
@Suite struct MailServerTests {
  private static let host = "127.0.0.2"

  private func send(
    _ scene: NewsScene, to server: LocalMailServer, _ certificate: TestCertificate,
    password: String = "right"
  ) throws -> Bool {
    let settings = [
      "SOUK_SMTP_URL": "smtp://\(Self.host):\(server.port)", "SOUK_SMTP_USER": "souk",
      "SOUK_SMTP_PASSWORD": password, "SOUK_SMTP_CA": certificate.authority,
      "SOUK_MAIL_FROM": "Souk <s@souk.example>",
    ]
    let carrier = try #require(try MailCarrier(Environment(settings)))
    return try scene.send(by: carrier)
  }

  private func server(_ certificate: TestCertificate) throws -> LocalMailServer {
    try LocalMailServer(
      encryption: .startTLS(certificate), account: .init(user: "souk", password: "right"))
  }

  /// It waits, longer each time, until somebody has mended what is wrong.
  private func expectToWait(
    _ scene: NewsScene, _ word: String, _ attempt: () throws -> Bool
  ) throws {
    #expect(try attempt())
    #expect(try scene.deliveries() == ["mail order_confirmed pending 1"])
    let error: String? = try scene.database.database().first(
      "SELECT d.last_error FROM notifications.deliveries AS d"
    ) { row in try row.next() }
    #expect(error?.contains(word) == true, "\(error ?? "")")
    #expect(try !attempt(), "not before its time")
    scene.clock.advance(by: .seconds(7))
    #expect(try attempt())
    #expect(try scene.deliveries() == ["mail order_confirmed pending 2"])
    scene.clock.advance(by: .seconds(7))
    #expect(try !attempt(), "longer than the first time")
    scene.clock.advance(by: .seconds(7))
  }

  @Test func aMailIsSentEncryptedByWhoMay() throws {
    let (scene, certificate) = (try NewsScene(), try TestCertificate(for: "IP:\(Self.host)"))
    let server = try server(certificate)
    try scene.hear(scene.order())
    #expect(try send(scene, to: server, certificate))
    #expect(try scene.deliveries() == ["mail order_confirmed sent 1"])
    #expect(server.mails.map(\.cameEncrypted) == [true])
  }

  @Test func aMailWaitsForTheRightPassword() throws {
    let (scene, certificate) = (try NewsScene(), try TestCertificate(for: "IP:\(Self.host)"))
    let server = try server(certificate)
    try scene.hear(scene.order())
    try expectToWait(scene, "curl error 67") {
      try send(scene, to: server, certificate, password: "wrong")
    }
    #expect(server.mails.isEmpty)
    #expect(try send(scene, to: server, certificate))
    #expect(try scene.deliveries() == ["mail order_confirmed sent 3"])
  }

  @Test func aMailWaitsForTheRightCertificate() throws {
    let (scene, wrong) = (try NewsScene(), try TestCertificate(for: "IP:127.0.0.3"))
    let impostor = try server(wrong)
    try scene.hear(scene.order())
    try expectToWait(scene, "curl error 60") { try send(scene, to: impostor, wrong) }
    #expect(impostor.mails.isEmpty && !impostor.commands.contains { $0.hasPrefix("AUTH") })
    let certificate = try TestCertificate(for: "IP:\(Self.host)")
    #expect(try send(scene, to: try server(certificate), certificate))
    #expect(try scene.deliveries() == ["mail order_confirmed sent 3"])
  }
}
