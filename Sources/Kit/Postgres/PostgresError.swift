/// What Postgres or the way to it answered. `description` may be shown and logged;
/// `debugDescription` holds the server's words, which can quote values.
package struct PostgresError: Error, Hashable {
  package enum Code: String, Sendable {
    /// No connection could be made, or the server refused it.
    case connectFailed
    /// The connection broke, or the server did not answer in time. Whether the statement, or the
    /// COMMIT, took effect is not known.
    case connectionLost
    /// The server gave up: statement timeout or lock timeout.
    case timeout
    case uniqueViolation
    case foreignKeyViolation
    case checkViolation
    case notNullViolation
    case exclusionViolation
    /// Serialization failure or deadlock; `transaction` has already tried again.
    case serialization
    case readOnly
    case undefinedObject
    case permissionDenied
    /// A value Postgres does not take: out of range, not in the form of its type, a zero byte.
    case invalidValue
    /// A column is not what the code that reads it wants.
    case badColumn
    case other
  }

  package let code: Code
  package let sqlState: String?
  package let constraint: String?
  package let message: String

  package init(
    _ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil
  ) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
    self.constraint = constraint
  }

  /// The database cannot be reached now: the caller answers 503.
  package var isUnavailable: Bool { code == .connectFailed || code == .connectionLost }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String {
    var text = "postgres: \(code.rawValue)"
    if let sqlState { text += " \(sqlState)" }
    if let constraint { text += " (\(constraint))" }
    return text
  }

  package var debugDescription: String { "\(description): \(message)" }
}

extension PostgresError.Code {
  /// The classes of the server's errcodes.txt, as far as callers tell them apart.
  init(sqlState: String) {
    switch sqlState {
    case "23505": self = .uniqueViolation
    case "23503": self = .foreignKeyViolation
    case "23514": self = .checkViolation
    case "23502": self = .notNullViolation
    case "23P01": self = .exclusionViolation
    case "40001", "40P01": self = .serialization
    case "57014", "55P03", "25P04": self = .timeout
    case "25006": self = .readOnly
    case "42501": self = .permissionDenied
    case "42P01", "42703", "42704", "42883", "3F000", "3D000": self = .undefinedObject
    // The server ends the session: shutdown, crash, terminated, idle for too long.
    case "57P01", "57P02", "57P03", "57P05", "25P03": self = .connectionLost
    default:
      switch sqlState.prefix(2) {
      case "08": self = .connectionLost
      case "22": self = .invalidValue
      default: self = .other
      }
    }
  }
}
