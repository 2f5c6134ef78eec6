/// A rule of the domain said no. The slug is stable and goes to clients; the HTTP status for a
/// kind is decided in one place, `Middleware/ProblemBoundary.swift`.
package protocol DomainError: Error {
  var slug: String { get }
  var kind: DomainErrorKind { get }
  /// One sentence for the client that says what to change.
  var message: String { get }
  /// Numbers that a program can act on, such as the stock there really is.
  var details: [String: Int] { get }
}

extension DomainError {
  package var details: [String: Int] { [:] }
}

package enum DomainErrorKind: Sendable, Equatable {
  case unauthenticated
  case forbidden
  case notFound
  case conflict
  case staleVersion
  /// The named field of the request is at fault.
  case invalid(field: String)
  case tooMany(retryAfter: Duration)
}
