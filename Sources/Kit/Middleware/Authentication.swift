internal import Core
internal import Crypto
internal import HTTP

/// Finds out who calls, from the token alone. Whether its session still lives is for `Admission`.
struct Authentication: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    call.caller = try Self.caller(of: call)
    return try next(call)
  }

  /// Public routes do not look at the token: an expired one must not keep anyone from reading.
  private static func caller(of call: Call) throws -> Caller? {
    guard call.route.access != .public, call.route.access != .local else { return nil }
    guard let header = call.request[.authorization], !header.isEmpty else {
      if call.route.access == .guest { return nil }
      throw Problem.unauthenticated(
        "missing_token", "Send an access token as Authorization: Bearer …")
    }
    guard let token = bearerToken(in: header) else {
      throw Problem.unauthenticated("unsupported_scheme", "Use the Bearer scheme.")
    }
    let claims: AccessClaims
    do {
      claims = try call.services.tokens.verify(token)
    } catch {
      throw Problem.unauthenticated(Self.code(error), Self.detail(error))
    }
    guard let user = UserID(claims.subject), let session = SessionID(claims.session) else {
      throw Problem.unauthenticated("invalid_token", "The token names nobody.")
    }
    return Caller(
      user: user, session: session, roles: claims.roles.compactMap(Role.init(rawValue:)),
      issuedAt: claims.issuedAt)
  }

  /// The scheme's name may be written in any case.
  private static func bearerToken(in header: String) -> String? {
    let bytes = header.utf8
    let scheme = "bearer ".utf8
    let isBearer =
      bytes.count > scheme.count && zip(bytes, scheme).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    return isBearer ? String(Substring(bytes.dropFirst(scheme.count))) : nil
  }

  private static func code(_ error: TokenError) -> String {
    error == .expired ? "token_expired" : "invalid_token"
  }

  private static func detail(_ error: TokenError) -> String {
    error == .expired
      ? "The access token has expired. Refresh it." : "The access token is not valid."
  }
}
