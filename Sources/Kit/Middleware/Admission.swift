internal import Core
internal import Gate
internal import HTTP
internal import Metrics

/// Lets the request in when its rate, its session and its role allow it.
///
/// A read changes nothing, so it begins while Redis is still thinking; what it found is thrown
/// away when the answer is no. Everything else waits for the answer.
struct Admission: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    let gate = call.services.gate
    let limit = call.route.rate
    let key = limit.by == .user ? call.caller?.user.description : nil
    let mayRunAhead = try Self.isRead(call) && Self.missingRole(call) == nil
    let question = gate.ask(
      limit, key: key ?? call.remoteAddress,
      bearer: call.caller.map {
        Gate.Bearer(user: $0.user, session: $0.session, issuedAt: $0.issuedAt)
      })
    guard mayRunAhead, question.isPromising else {
      try Self.admit(call, try gate.answer(question))
      return try next(call)
    }
    let roles = call.caller?.roles
    let found = Self.outcome { try next(call) }
    try Self.admit(call, try gate.answer(question))
    // Other roles than the token's may see something else.
    return call.caller?.roles == roles ? try found.get() : try next(call)
  }

  private static func isRead(_ call: Call) -> Bool {
    call.request.method == "GET" || call.request.method == "HEAD"
  }

  private static func outcome(_ body: () throws -> Response) -> Result<Response, any Error> {
    do {
      return .success(try body())
    } catch {
      return .failure(error)
    }
  }

  /// Throws 429, 401 or 403.
  private static func admit(_ call: Call, _ passage: Gate.Passage) throws {
    if let verdict = passage.limit { try enforce(verdict, call.route.rate, call) }
    switch passage.standing {
    case .good: break
    case .goodWithRoles(let roles): call.caller?.roles = roles
    case .revoked:
      call.caller = nil
      throw Problem.unauthenticated("token_revoked", "This session has ended. Sign in again.")
    }
    guard let role = try missingRole(call) else { return }
    throw Problem(403, "role_required", "This needs the role '\(role.rawValue)'.")
  }

  private static func enforce(_ verdict: LimitVerdict, _ limit: RateClass, _ call: Call) throws {
    let limit = limit.scaled(by: call.shared.settings.rateScale)
    let window = max(1, (limit.burst * limit.seconds + limit.count - 1) / limit.count)
    let reset = LimitVerdict.wholeSeconds(verdict.resetAfter)
    // What is left for one is not for others to read.
    if !(call.mayBeShared && verdict.isAllowed) {
      call.headers += [
        .init("RateLimit-Policy", "\"\(limit.name)\";q=\(limit.burst);w=\(window)"),
        .init("RateLimit", "\"\(limit.name)\";r=\(verdict.remaining);t=\(reset)"),
      ]
    }
    guard !verdict.isAllowed else { return }
    call.shared.metrics.add(.rateLimited, 1)
    let wait = max(1, LimitVerdict.wholeSeconds(verdict.retryAfter))
    throw Problem(
      429, "rate_limited", "Too many requests. Try again in \(wait) s.",
      headers: [.init("Retry-After", String(wait))])
  }

  /// The role that the route needs and the caller has not. Throws 404 where the route is for this
  /// machine alone.
  private static func missingRole(_ call: Call) throws -> Role? {
    let role: Role
    switch call.route.access {
    case .public, .guest, .user: return nil
    case .local:
      // nginx refuses others already; this holds where another server stands in front.
      guard ["127.0.0.1", "::1", "unix:", ""].contains(call.remoteAddress) else {
        throw Problem.notFound()
      }
      return nil
    case .seller: role = .seller
    case .shipper: role = .shipper
    case .admin: role = .admin
    }
    let caller = try call.signedIn()
    // An administrator may do for a shop what its seller may.
    if role == .seller, caller.has(.admin) { return nil }
    return caller.has(role) ? nil : role
  }
}
