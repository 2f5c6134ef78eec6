internal import HTTP

/// CORS for the origins on the list, and for nobody else.
struct CrossOrigin: Middleware {
  private static let exposed =
    "Allow, ETag, Idempotent-Replayed, Location, Preference-Applied, RateLimit, RateLimit-Policy, "
    + "Retry-After, WWW-Authenticate, X-Request-Id"
  private static let allowed =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, "
    + "traceparent, X-Cart-Token, X-Request-Id"

  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    let origins = call.shared.settings.corsOrigins
    guard !origins.isEmpty else { return try next(call) }
    call.headers.append(.init("Vary", "Origin"))
    guard let origin = call.request[.origin], origins.contains(origin) else {
      return try next(call)
    }
    call.headers.append(.init("Access-Control-Allow-Origin", origin))
    guard call.request.method == "OPTIONS", let method = call.request[.requestedMethod] else {
      call.headers.append(.init("Access-Control-Expose-Headers", Self.exposed))
      return try next(call)
    }
    call.headers.append(.init("Access-Control-Allow-Methods", method))
    call.headers.append(.init("Access-Control-Allow-Headers", Self.allowed))
    call.headers.append(.init("Access-Control-Max-Age", "600"))
    return .noContent
  }
}
