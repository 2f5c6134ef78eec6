import Crypto
import HTTP
import Middleware

/// The public keys of access tokens, as a JSON Web Key Set. Without the envelope: the format is
/// other people's (RFC 7517).
@Sendable func listSigningKeys(_ call: Call) throws -> Response {
  try .json(call.shared.keys.jwks())
}
