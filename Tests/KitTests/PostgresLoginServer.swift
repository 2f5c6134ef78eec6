import Core
import KitTesting
import Postgres
import Processes
import Testing

/// A server that asks for passwords and certificates, on a port of its own.
final class PostgresLoginServer {
  let port: UInt16
  let certificate: TestCertificate
  private let folder: TemporaryFolder
  private let server: LocalPostgres

  /// Each user has the password `open, sesame` and logs in in the way that its name says. `Server`
  /// is the name in the certificate.
  private static let users = ["scram", "digest", "clear", "Server", "reader"]

  private static let rules = """
    local all postgres trust
    host all digest 127.0.0.1/32 md5
    host all clear 127.0.0.1/32 password
    hostssl all "Server" 127.0.0.1/32 cert
    host all all 127.0.0.1/32 scram-sha-256
    """

  init() throws {
    port = try FreePort.find()
    certificate = try TestCertificate(for: "IP:127.0.0.1")
    folder = try TemporaryFolder("login")
    let (directory, certificate) = (folder.path, certificate)
    func file(_ name: String, _ text: String) throws -> (String, String) {
      let path = "\(directory)/\(name)"
      try Files.write(Array(text.utf8), to: path, mode: 0o600)
      try Account.forServers()?.own(path)
      return (name, path)
    }
    try Account.forServers()?.own(directory)
    let files = [
      try file("hba_file", Self.rules + "\n"),
      try file("ssl_cert_file", try Files.readText(certificate.certificate)),
      try file("ssl_key_file", try Files.readText(certificate.key)),
      try file("ssl_ca_file", try Files.readText(certificate.authority)),
    ]
    server = try LocalPostgres(
      directory: "\(directory)/pg", durable: false,
      settings: [("listen_addresses", "127.0.0.1"), ("port", "\(port)"), ("ssl", "on")] + files)
    try server.start()
    let administrator = Database(DatabaseSettings(url: "\(server.url)&port=\(port)"))
    for user in Self.users {
      try administrator.transaction { transaction in
        let method = user == "digest" ? "md5" : "scram-sha-256"
        try transaction.execute("SELECT set_config('password_encryption', \(method), true)")
        try transaction.execute("CREATE ROLE \"\(unescaped: user)\" LOGIN PASSWORD 'open, sesame'")
      }
    }
    try administrator.execute("ALTER ROLE reader SET default_transaction_read_only = on")
  }

  /// As `user`, with what the test wants of the way there.
  func url(
    _ user: String, password: String? = "open, sesame", host: String = "127.0.0.1",
    _ more: String = ""
  ) -> String {
    let secret = password.map { "password='\($0)' " } ?? ""
    return "host=\(host) port=\(port) user=\(user) dbname=postgres \(secret)\(more)"
  }

  deinit { #expect(throws: Never.self) { try server.stop() } }
}
