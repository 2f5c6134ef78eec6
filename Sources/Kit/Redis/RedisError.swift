/// What Redis or the way to it answered.
package struct RedisError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case connectFailed
    /// The connection broke. Whether the commands took effect is not known.
    case connectionLost
    /// No reply in time; the connection is given up. As unknown as `connectionLost`.
    case timeout
    /// The server refused the command.
    case refused
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Redis cannot be reached now: the caller goes on without it where it can.
  package var isUnavailable: Bool { code != .refused }

  package var description: String { "redis: \(code.rawValue): \(message)" }
}
