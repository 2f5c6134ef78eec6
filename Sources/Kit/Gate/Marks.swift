internal import Core
internal import Redis

/// What Redis remembers against tokens: that a session ended, that a user's older tokens are
/// refused, or that they carry roles no longer true. A mark lasts as long as an access token can.
///
/// What takes something away is marked *before* the change commits, while the row is locked:
/// should the process die in between, a token is refused that need not be, and the client
/// refreshes it, which takes back what was marked of its session. The other order would let a
/// revoked token live. What gives is marked after.
enum Marks {
  /// Access tokens live 15 minutes; the rest is for clocks that disagree.
  static let lifetime = Duration.minutes(20)

  /// Present when Redis holds every mark; gone when Redis lost its memory.
  static let completeKey = "souk:marks"

  static func endedKey(_ session: SessionID) -> String { "souk:ended:\(session)" }
  static func refusedKey(_ user: UserID) -> String { "souk:refused:\(user)" }
  static func rolesKey(_ user: UserID) -> String { "souk:roles:\(user)" }

  static func ending(_ session: SessionID) -> [RedisArgument] {
    set(endedKey(session), "1")
  }

  static func refusing(_ user: UserID, before moment: Timestamp) -> [RedisArgument] {
    set(refusedKey(user), String(moment.milliseconds))
  }

  static func roles(
    _ roles: [String], of user: UserID, before moment: Timestamp, version: Int
  ) -> [RedisArgument] {
    let mark = "\(version) \(moment.milliseconds) \(roles.joined(separator: " "))"
    return rolesScript.call(
      keys: [.init(rolesKey(user))],
      arguments: [.init(version), .init(mark), .init(Int(lifetime.milliseconds))])
  }

  /// Two changes may be marked in another order than they were made: an older version of the user
  /// never replaces a newer one.
  private static let rolesScript = RedisScript(
    """
    local known = redis.call('GET', KEYS[1])
    if known and tonumber(string.match(known, '^%d+')) > tonumber(ARGV[1]) then return 0 end
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    return 1
    """)

  private static func set(_ key: String, _ value: String) -> [RedisArgument] {
    ["SET", .init(key), .init(value), "PX", .init(Int(lifetime.milliseconds))]
  }

  /// The roles a mark sets for a token of this age, or nil when it does not concern it.
  static func roles(in mark: String, issuedAt: Timestamp) -> [Role]? {
    let words = mark.split(separator: " ")
    guard words.count >= 2, let moment = Int64(words[1]), issuedAt.milliseconds < moment else {
      return nil
    }
    return words.dropFirst(2).compactMap { Role(rawValue: String($0)) }
  }
}
