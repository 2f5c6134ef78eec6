internal import Core
internal import Crypto
internal import Gate
internal import HTTP
internal import JSON
internal import Postgres

/// The one place where errors become HTTP. Clients see slugs and what to change; the log sees
/// the rest.
struct ProblemBoundary: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    do {
      return try next(call)
    } catch {
      let problem = Self.problem(for: error)
      if problem.status >= 500 { call.failure = error }
      return try problem.response(requestID: call.requestID)
    }
  }

  static func problem(for error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let error as any DomainError: domain(error)
    case let error as PostgresError: database(error)
    case let error as JSONError:
      Problem(400, error.code, "The body is not valid JSON: \(error.message)")
    case is BodyError:
      Problem(400, "body_cut_short", "The body is shorter than Content-Length says.")
    case is PasswordBusy:
      Problem(
        503, "busy", "Too many sign-ins at once. Try again in a moment.",
        headers: [.init("Retry-After", "1")])
    default:
      Problem(500, "internal", "Something went wrong here. The request id helps us find it.")
    }
  }

  private static func domain(_ error: any DomainError) -> Problem {
    var problem = kind(of: error)
    problem.details = error.details
    return problem
  }

  private static func kind(of error: any DomainError) -> Problem {
    switch error.kind {
    case .unauthenticated: .unauthenticated(error.slug, error.message)
    case .forbidden: Problem(403, error.slug, error.message)
    case .notFound: Problem(404, error.slug, error.message)
    case .conflict: Problem(409, error.slug, error.message)
    case .staleVersion: Problem(412, error.slug, error.message)
    case .invalid(let field):
      .invalid([.init(field: field, code: error.slug, message: error.message)])
    case .tooMany(let retryAfter):
      Problem(
        429, error.slug, error.message,
        headers: [.init("Retry-After", String(max(1, LimitVerdict.wholeSeconds(retryAfter))))])
    }
  }

  private static func database(_ error: PostgresError) -> Problem {
    if error.isUnavailable { return .unavailable("The database does not answer.") }
    switch error.code {
    case .timeout: return .unavailable("The database is too busy.")
    case .serialization: return .unavailable("Too many changed this at once.")
    default:
      return Problem(500, "internal", "Something went wrong here. The request id helps us find it.")
    }
  }
}
