internal import Core
internal import Crypto
internal import Postgres

extension Accounts {
  /// A new session on this device, with its first pair of tokens.
  func openSession(for user: User, on device: Device, in transaction: Transaction) throws
    -> TokenGrant
  {
    let session = ids.id(SessionKind.self)
    let refreshToken = OneTimeToken(ids.randomness)
    SessionStore.insert(
      session, of: user.id, on: device, refreshHash: refreshToken.hash, at: now, in: transaction)
    return try grant(user, session, refreshToken)
  }

  func grant(_ user: User, _ session: SessionID, _ refreshToken: OneTimeToken) throws -> TokenGrant
  {
    // Just after a change "now" may still lie before the moment from which tokens count.
    let issuedAt = max(now, user.tokensValidAfter)
    let claims = AccessClaims(
      issuer: issuer, audience: audience, subject: user.id.description,
      session: session.description, roles: user.roles.map(\.rawValue), issuedAt: issuedAt,
      expiresAt: issuedAt + Self.accessLifetime)
    return TokenGrant(
      user: user, accessToken: try JWT.sign(claims, with: keys), refreshToken: refreshToken.text,
      expiresIn: Int(Self.accessLifetime.components.seconds))
  }

  static let accessLifetime = Duration.minutes(15)
}

/// A secret that is shown once and kept as a hash only.
struct OneTimeToken {
  let text: String

  init(_ randomness: Randomness) { text = Base64URL.encode(randomness.bytes(32)) }

  /// What a client presents; anything is taken, for it only finds a row or not.
  init(presented text: String) { self.text = text }

  /// The successor of a spent token: always the same one, known without keeping it in clear.
  init(after spent: OneTimeToken, key: [UInt8]) {
    text = Base64URL.encode(HMACSHA256.code(Array(spent.text.utf8), key: key))
  }

  var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }
}
