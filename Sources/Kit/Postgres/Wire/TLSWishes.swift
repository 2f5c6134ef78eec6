/// What the URL asks of TLS.
struct TLSWishes: Equatable {
  enum Mode: String {
    case disable, allow, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  var mode = Mode.prefer
  /// A file, or `system` for those that the machine trusts.
  var rootCertificate: String?
  var certificate: String?
  var key: String?

  /// A root that is named is also used, as libpq does.
  var checksCertificate: Bool {
    mode == .verifyCA || mode == .verifyFull || (mode == .require && rootCertificate != nil)
  }
  var checksName: Bool { mode == .verifyFull }

  /// Those that the machine trusts vouch for everybody: without the name that says nothing.
  mutating func settle(modeIsGiven: Bool) throws(PostgresError) {
    if rootCertificate == Self.system, !modeIsGiven { mode = .verifyFull }
    guard mode == .verifyFull || rootCertificate != Self.system else {
      throw ServerAddress.malformed("sslrootcert=system needs sslmode=verify-full")
    }
    guard mode != .verifyCA || rootCertificate != nil else {
      throw ServerAddress.malformed("sslmode=verify-ca needs an sslrootcert")
    }
  }

  static let system = "system"
}
