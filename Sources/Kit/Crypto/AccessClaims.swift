package import Core
internal import JSON

/// What an access token says about the caller.
package struct AccessClaims: Equatable, Sendable {
  package var issuer: String
  package var audience: String
  package var subject: String
  package var session: String
  package var roles: [String]
  /// To the millisecond: a revocation ends the tokens issued before it.
  package var issuedAt: Timestamp
  /// To the second.
  package var expiresAt: Timestamp

  package init(
    issuer: String, audience: String, subject: String, session: String, roles: [String],
    issuedAt: Timestamp, expiresAt: Timestamp
  ) {
    self.issuer = issuer
    self.audience = audience
    self.subject = subject
    self.session = session
    self.roles = roles
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }
}

extension AccessClaims {
  var json: [UInt8] {
    let claims: JSONValue = [
      "iss": .string(issuer), "aud": .string(audience), "sub": .string(subject),
      "sid": .string(session), "roles": .array(roles.map { .string($0) }),
      "iat": .integer(issuedAt.seconds), "exp": .integer(expiresAt.seconds),
      "iat_ms": .integer(issuedAt.milliseconds),
    ]
    return claims.bytes
  }

  /// Nil when a claim is missing or has the wrong type.
  init?(_ claims: JSONValue) {
    guard let issuer = claims["iss"].string, let audience = claims["aud"].string,
      let subject = claims["sub"].string, let session = claims["sid"].string,
      let roles = claims["roles"].array?.map(\.string),
      let issued = claims["iat_ms"].integer, let expires = claims["exp"].integer,
      let issuedAt = Timestamp(claim: issued, perSecond: 1000),
      let expiresAt = Timestamp(claim: expires, perSecond: 1)
    else { return nil }
    let names = roles.compactMap { $0 }
    guard names.count == roles.count else { return nil }
    self.init(
      issuer: issuer, audience: audience, subject: subject, session: session, roles: names,
      issuedAt: issuedAt, expiresAt: expiresAt)
  }
}

extension Timestamp {
  /// Nil outside of the years 1970 to 9999, so that no arithmetic on it overflows.
  init?(claim value: Int64, perSecond: Int64) {
    guard value >= 0, value / perSecond < 253_402_300_800 else { return nil }
    self.init(microseconds: value * (1_000_000 / perSecond))
  }
}
