internal import JSON

/// An answer other than success, in the form of RFC 9457.
package struct Problem: Error, Sendable {
  package let status: Int
  /// Stable: programs may rely on it.
  package let code: String
  package let detail: String
  package var violations: [Violation] = []
  package var headers: [Response.Header] = []
  package var checks: [String: String]?
  /// Numbers that a program can act on.
  package var details: [String: Int] = [:]

  package init(
    _ status: Int, _ code: String, _ detail: String, violations: [Violation] = [],
    headers: [Response.Header] = [], checks: [String: String]? = nil
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.violations = violations
    self.headers = headers
    self.checks = checks
  }

  /// One fault of one field.
  package struct Violation: Encodable, Sendable, Equatable {
    package let field: String
    package let code: String
    package let message: String

    package init(field: String, code: String, message: String) {
      self.field = field
      self.code = code
      self.message = message
    }
  }

  package func response(requestID: String) throws -> Response {
    let document = Document(
      type: "urn:souk:problem:\(code)", title: Self.title(of: status), status: status,
      detail: detail, code: code, requestId: requestID,
      errors: violations.isEmpty ? nil : violations, checks: checks,
      details: details.isEmpty ? nil : details)
    return Response(
      status: status,
      headers: [.init("Content-Type", "application/problem+json")] + headers,
      body: try JSONOutput.encode(document))
  }

  private struct Document: Encodable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    let code: String
    let requestId: String
    let errors: [Violation]?
    let checks: [String: String]?
    let details: [String: Int]?
  }
}

extension Problem {
  package static func notFound(_ what: String = "There is no such resource.") -> Problem {
    Problem(404, "not_found", what)
  }

  package static func invalid(_ violations: [Violation]) -> Problem {
    let count = violations.count
    return Problem(
      422, "validation_failed",
      count == 1 ? "One field is not valid." : "\(count) fields are not valid.",
      violations: violations)
  }

  package static func unavailable(_ what: String, retryAfter seconds: Int = 1) -> Problem {
    Problem(503, "unavailable", what, headers: [.init("Retry-After", String(seconds))])
  }

  package static func unauthenticated(_ code: String, _ detail: String) -> Problem {
    let challenge =
      code == "missing_token"
      ? "Bearer realm=\"souk\""
      : "Bearer realm=\"souk\", error=\"invalid_token\", error_description=\"\(detail)\""
    return Problem(401, code, detail, headers: [.init("WWW-Authenticate", challenge)])
  }

  package static func title(of status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Content"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 500: "Internal Server Error"
    case 503: "Service Unavailable"
    default: "Status \(status)"
    }
  }
}
