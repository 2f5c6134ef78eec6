package import Core
package import Redis

/// Revocations in Redis: a mark for an ended session, and for a user the time before which
/// tokens are no longer good. Both last as long as an access token can.
///
/// A mark is set *before* the change commits, while the row is locked: should the process die in
/// between, a token is refused that need not be, and the client refreshes it. The other order
/// would let a revoked token live.
package enum Marks {
  /// Access tokens live 15 minutes; the rest is for clocks that disagree.
  package static let lifetime = Duration.minutes(20)

  /// Present when Redis holds every mark; gone when Redis lost its memory.
  static let completeKey = "souk:marks"

  static func key(_ session: SessionID) -> String { "souk:ended:\(session)" }
  static func key(_ user: UserID) -> String { "souk:since:\(user)" }

  static func command(ending session: SessionID) -> [RedisArgument] {
    ["SET", .text(key(session)), "1", "PX", .number(Int(lifetime.milliseconds))]
  }

  static func command(refusing user: UserID, before time: Timestamp) -> [RedisArgument] {
    [
      "SET", .text(key(user)), .number(Int(time.milliseconds)), "PX",
      .number(Int(lifetime.milliseconds)),
    ]
  }
}
