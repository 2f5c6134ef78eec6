internal import Processes

/// A certificate for one name, with the authority that vouches for it and for nothing else.
package final class TestCertificate: Sendable {
  struct Failure: Error { let text: String }

  private let folder: TemporaryFolder

  /// A file with the certificate of the authority.
  package var authority: String { "\(folder.path)/authority" }
  package var certificate: String { "\(folder.path)/certificate" }
  package var key: String { "\(folder.path)/key" }

  /// The name as in `DNS:mail.example` or `IP:127.0.0.2`.
  package init(for name: String) throws {
    folder = try TemporaryFolder("certificate")
    let authorityKey = "\(folder.path)/authority-key"
    try Self.request(["-keyout", authorityKey, "-out", authority, "-subj", "/CN=Authority"])
    try Self.request([
      "-keyout", key, "-out", certificate, "-subj", "/CN=Server", "-CA", authority, "-CAkey",
      authorityKey, "-extensions", "usr_cert", "-addext", "subjectAltName=\(name)",
    ])
  }

  private static func request(_ arguments: [String]) throws {
    let made = try ChildProcess.run(
      [
        "/usr/bin/openssl", "req", "-x509", "-days", "2", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes",
      ] + arguments)
    guard made.status.isSuccess else { throw Failure(text: made.text) }
  }
}
