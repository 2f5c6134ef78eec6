internal import Core
internal import Gate
internal import HTTP
internal import Metrics

/// Lets the request in when its rate, its session and its role allow it.
struct Admission: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    let limit = call.route.rate
    let caller = call.caller
    let key = limit.by == .user ? caller?.user.description : nil
    let passage = try call.services.gate.pass(
      limit, key: key ?? call.remoteAddress,
      bearer: caller.map { Gate.Bearer(user: $0.user, session: $0.session, issuedAt: $0.issuedAt) })
    if let verdict = passage.limit { try Self.enforce(verdict, limit, call) }
    switch passage.standing {
    case .good: break
    case .goodWithRoles(let roles): call.caller?.roles = roles
    case .revoked:
      call.caller = nil
      throw Problem.unauthenticated("token_revoked", "This session has ended. Sign in again.")
    }
    try Self.requireRole(call)
    return try next(call)
  }

  private static func enforce(_ verdict: LimitVerdict, _ limit: RateClass, _ call: Call) throws {
    let limit = limit.scaled(by: call.shared.settings.rateScale)
    let window = max(1, (limit.burst * limit.seconds + limit.count - 1) / limit.count)
    let reset = LimitVerdict.wholeSeconds(verdict.resetAfter)
    call.headers.append(.init("RateLimit-Policy", "\"\(limit.name)\";q=\(limit.burst);w=\(window)"))
    call.headers.append(.init("RateLimit", "\"\(limit.name)\";r=\(verdict.remaining);t=\(reset)"))
    guard !verdict.isAllowed else { return }
    call.shared.metrics.add(.rateLimited, 1)
    let wait = max(1, LimitVerdict.wholeSeconds(verdict.retryAfter))
    throw Problem(
      429, "rate_limited", "Too many requests. Try again in \(wait) s.",
      headers: [.init("Retry-After", String(wait))])
  }

  private static func requireRole(_ call: Call) throws {
    let role: Role
    switch call.route.access {
    case .public, .user: return
    case .local:
      // nginx refuses others already; this holds where another server stands in front.
      guard ["127.0.0.1", "::1", "unix:", ""].contains(call.remoteAddress) else {
        throw Problem.notFound()
      }
      return
    case .seller: role = .seller
    case .shipper: role = .shipper
    case .admin: role = .admin
    }
    guard try call.signedIn().has(role) else {
      throw Problem(403, "role_required", "This needs the role '\(role.rawValue)'.")
    }
  }
}
