package import Core
internal import JSON

/// Why a token is no proof of anything. The raw value is a stable slug.
package enum TokenError: String, Error {
  case malformed
  case unsupported
  case unknownKey = "unknown_key"
  case badSignature = "bad_signature"
  case expired
  case notYetValid = "not_yet_valid"
  case wrongIssuer = "wrong_issuer"
  case wrongAudience = "wrong_audience"

  package var code: String { rawValue }
}

/// Verifies access tokens. One for each worker: it remembers what it has verified, since a
/// signature costs more than the rest of a request.
package final class TokenVerifier {
  static let longestToken = 4096
  /// How far the clocks of two machines may be apart.
  private static let leeway = Duration.seconds(30)

  private let keys: KeyRing
  private let issuer: String
  private let audience: String
  private let clock: Clock
  private let mostRemembered: Int
  private var remembered: [String: Remembered] = [:]

  private struct Remembered {
    let claims: AccessClaims
    let kid: String
  }

  package init(
    keys: KeyRing, issuer: String, audience: String, clock: Clock, mostRemembered: Int = 10_000
  ) {
    self.keys = keys
    self.issuer = issuer
    self.audience = audience
    self.clock = clock
    self.mostRemembered = mostRemembered
  }

  /// How many tokens need no signature check now.
  package var rememberedCount: Int { remembered.count }

  /// The claims of a token that one of our keys signed, for us, and that is valid now.
  package func verify(_ token: String) throws(TokenError) -> AccessClaims {
    guard token.utf8.count <= Self.longestToken else { throw .malformed }
    if let known = remembered[token] { return try recheck(known, token) }
    let (claims, kid) = try verifyAnew(token)
    // Simple, and rare: the next requests verify once more.
    if remembered.count >= mostRemembered { remembered.removeAll(keepingCapacity: true) }
    remembered[token] = Remembered(claims: claims, kid: kid)
    return claims
  }

  /// A key that was taken away takes its tokens along.
  private func recheck(_ known: Remembered, _ token: String) throws(TokenError) -> AccessClaims {
    do throws(TokenError) {
      guard keys.key(for: known.kid) != nil else { throw TokenError.unknownKey }
      try checkExpiry(known.claims)
    } catch {
      remembered[token] = nil
      throw error
    }
    return known.claims
  }

  private func verifyAnew(_ token: String) throws(TokenError) -> (AccessClaims, kid: String) {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64URL.decode(parts[0]),
      let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
    else { throw .malformed }
    let kid = try kid(of: try parse(header))
    guard let key = keys.key(for: kid) else { throw .unknownKey }
    let message = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
    guard key.isValid(signature, of: message) else { throw .badSignature }
    return (try claims(of: try parse(payload)), kid)
  }

  /// The algorithm is the key's. What the header says is only compared with it.
  private func kid(of header: JSONValue) throws(TokenError) -> String {
    guard header["alg"].string == JWT.algorithm, header["typ"].string == JWT.type,
      header["crit"] == nil
    else { throw .unsupported }
    guard let kid = header["kid"].string else { throw .unknownKey }
    return kid
  }

  private func claims(of payload: JSONValue) throws(TokenError) -> AccessClaims {
    guard let claims = AccessClaims(payload) else { throw .malformed }
    guard claims.issuer == issuer else { throw .wrongIssuer }
    guard claims.audience == audience else { throw .wrongAudience }
    try checkExpiry(claims)
    let latest = clock.now + Self.leeway
    guard claims.issuedAt <= latest else { throw .notYetValid }
    if let notBefore = payload["nbf"] {
      guard let seconds = notBefore.integer, let time = Timestamp(claim: seconds, perSecond: 1)
      else { throw .malformed }
      guard time <= latest else { throw .notYetValid }
    }
    return claims
  }

  private func checkExpiry(_ claims: AccessClaims) throws(TokenError) {
    guard clock.now < claims.expiresAt else { throw .expired }
  }

  private func parse(_ bytes: [UInt8]) throws(TokenError) -> JSONValue {
    do {
      return try JSONValue.parse(bytes)
    } catch {
      throw .malformed
    }
  }
}
