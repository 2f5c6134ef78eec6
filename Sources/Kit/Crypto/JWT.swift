internal import Core
internal import JSON

/// Access tokens as JSON web tokens (RFC 7519, RFC 9068), signed with ES256.
package enum JWT {
  static let algorithm = "ES256"
  static let type = "at+jwt"

  /// Throws a `CryptoError` when OpenSSL cannot sign.
  package static func sign(_ claims: AccessClaims, with keys: KeyRing) throws -> String {
    let signing = keys.signingKey
    let header: JSONValue = [
      "alg": .string(algorithm), "kid": .string(signing.kid), "typ": .string(type),
    ]
    let message = "\(Base64URL.encode(header.bytes)).\(Base64URL.encode(claims.json))"
    let signature = try signing.key.signature(of: Array(message.utf8))
    return "\(message).\(Base64URL.encode(signature))"
  }
}
