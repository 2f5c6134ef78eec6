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
      throw Problem.unauthenticated(
        "missing_token", "Send an access token as Authorization: Bearer …")
    }
    guard header.prefix(7).lowercased() == "bearer " else {
      throw Problem.unauthenticated("unsupported_scheme", "Use the Bearer scheme.")
    }
    let claims: AccessClaims
    do {
      claims = try call.services.tokens.verify(String(header.dropFirst(7)))
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

  private static func code(_ error: TokenError) -> String {
    error == .expired ? "token_expired" : "invalid_token"
  }

  private static func detail(_ error: TokenError) -> String {
    error == .expired
      ? "The access token has expired. Refresh it." : "The access token is not valid."
  }
}
