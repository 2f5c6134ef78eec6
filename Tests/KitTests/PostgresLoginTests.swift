import Core
import KitTesting
import Postgres
import Processes
import Testing

/// Ways into a server that asks who is there, in clear and by TLS.
@Suite struct PostgresLoginTests {
  private let server: PostgresLoginServer

  init() throws { server = try PostgresLoginServer() }

  /// Who one is then, and whether it is by TLS.
  private func visit(_ url: String) throws -> String? {
    try Database(DatabaseSettings(url: url)).first(
      """
      SELECT current_user::text || CASE WHEN ssl THEN ' by TLS' ELSE '' END
      FROM pg_stat_ssl WHERE pid = pg_backend_pid()
      """
    ) { row in try row.next() }
  }

  private func refusal(_ url: String) throws -> String {
    let error = try postgresError { try visit(url) }
    #expect(error.code == .connectFailed && error.isUnavailable)
    #expect(!error.debugDescription.contains("sesame"))
    return error.message
  }

  @Test func everyKindOfPassword() throws {
    for user in ["scram", "digest", "clear"] {
      #expect(try visit(server.url(user, "sslmode=disable")) == user)
      #expect(try visit(server.url(user, "sslmode=require")) == "\(user) by TLS")
      let wrong = try refusal(server.url(user, password: "sesame, open"))
      #expect(wrong.contains("password authentication failed"))
      #expect(try refusal(server.url(user, password: nil)).contains("wants a password"))
    }
    let url = "postgresql://scram:open%2C%20sesame@127.0.0.1:\(server.port)/postgres"
    #expect(try visit(url) == "scram by TLS")
    #expect(try refusal("\(url)?sslmode=sometimes").contains("sslmode"))
  }

  @Test func whoTheServerIs() throws {
    let other = try TestCertificate(for: "IP:127.0.0.1")
    func url(_ mode: String, _ trusted: TestCertificate?, host: String = "127.0.0.1") -> String {
      let root = trusted.map { " sslrootcert='\($0.authority)'" } ?? ""
      return server.url("scram", host: host, "sslmode=\(mode)\(root)")
    }
    for mode in ["require", "verify-ca", "verify-full"] {
      #expect(try visit(url(mode, server.certificate)) == "scram by TLS")
      #expect(try refusal(url(mode, other)).contains("certificate verify failed"))
    }
    // Its certificate is for the address.
    #expect(try visit(url("verify-ca", server.certificate, host: "localhost")) == "scram by TLS")
    let full = url("verify-full", server.certificate, host: "localhost")
    #expect(try refusal(full).contains("certificate verify failed"))
    // Nobody whom this machine trusts vouches for it; and those vouch for everybody, so that the
    // name must be checked, too.
    #expect(try refusal(url("verify-full", nil)).contains("certificate verify failed"))
    let system = server.url("scram", "sslrootcert=system")
    #expect(try refusal(system).contains("certificate verify failed"))
    #expect(try refusal("\(system) sslmode=require").contains("verify-full"))
    #expect(try refusal(url("verify-ca", nil)).contains("sslrootcert"))
    #expect(
      try refusal(server.url("scram", "sslmode=require sslrootcert=/none")).contains("sslroot"))
  }

  @Test func aLoginIsBoundToItsConnection() throws {
    #expect(try visit(server.url("scram", "channel_binding=require")) == "scram by TLS")
    #expect(try visit(server.url("scram", "channel_binding=disable")) == "scram by TLS")
    let inClear = server.url("scram", "channel_binding=require sslmode=disable")
    #expect(try refusal(inClear).contains("channel_binding"))
    // Ways that bind nothing: the password must not go that way.
    for user in ["clear", "digest"] {
      #expect(try refusal(server.url(user, "channel_binding=require")).contains("channel_binding"))
    }
  }

  @Test func aCertificateInsteadOfAPassword() throws {
    let certificate = server.certificate
    let files = "sslcert='\(certificate.certificate)' sslkey='\(certificate.key)'"
    #expect(try visit(server.url("Server", password: nil, files)) == "Server by TLS")
    #expect(try refusal(server.url("Server", password: nil)).contains("certificate"))
  }

  @Test func theFirstHostThatTakesUs() throws {
    let nobody = try FreePort.find()
    let hosts = "host=127.0.0.1,127.0.0.1 port=\(nobody),\(server.port) dbname=postgres"
    #expect(try visit("\(hosts) user=scram password='open, sesame'") == "scram by TLS")
    let writing = "target_session_attrs=read-write"
    #expect(try visit(server.url("scram", writing)) == "scram by TLS")
    #expect(try refusal(server.url("reader", writing)).contains("takes no writes"))
  }

  /// More than fits on the way in either direction, while the server answers before it has heard
  /// all.
  @Test(arguments: ["disable", "require"])
  func muchInBothDirections(_ mode: String) throws {
    let database = Database(
      DatabaseSettings(url: server.url("scram", "sslmode=\(mode)"), statementTimeout: .seconds(60)))
    let text = String(repeating: "0123456789abcdef", count: 1 << 16)
    let echo = Query("SELECT \(text)::text FROM generate_series(1, 4)") { row in
      try row.next() as String
    }
    let (first, second, third, fourth) = try database.read(echo, echo, echo, echo)
    for echoes in [first, second, third, fourth] {
      #expect(echoes == Array(repeating: text, count: 4))
    }
    #expect(try database.int("SELECT 1") == 1)
    #expect(database.statistics.connects == 1)
  }
}
