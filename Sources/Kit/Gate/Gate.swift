package import Core
package import HTTP
package import Postgres
package import Redis

/// Decides whether a request may pass: within its rate, and with a session that is still good.
/// Both questions travel to Redis together. One per worker.
package final class Gate {
  private let redis: Redis
  private let database: Database
  private let local: LocalLimiter
  private let scale: Int
  private var syncedGeneration = -1

  package init(redis: Redis, database: Database, local: LocalLimiter, scale: Int) {
    self.redis = redis
    self.database = database
    self.local = local
    self.scale = scale
  }

  package struct Bearer {
    package let user: UserID
    package let session: SessionID
    package let issuedAt: Timestamp

    package init(user: UserID, session: SessionID, issuedAt: Timestamp) {
      self.user = user
      self.session = session
      self.issuedAt = issuedAt
    }
  }

  package struct Passage {
    /// Nil for a class without limit.
    package let limit: LimitVerdict?
    package let isRevoked: Bool
  }

  /// One Redis round trip at most. Without Redis the limit falls back to this process, and the
  /// session to its row. Throws when a session must be asked of Postgres and that fails too.
  package func pass(_ limit: RateClass, key: String, bearer: Bearer?) throws -> Passage {
    let limit = limit.scaled(by: scale)
    var commands: [[RedisArgument]] = []
    if !limit.isUnlimited { commands.append(Self.limitCommand(limit, key)) }
    if let bearer {
      commands.append([
        "MGET", .text(Marks.completeKey), .text(Marks.key(bearer.session)),
        .text(Marks.key(bearer.user)),
      ])
    }
    guard !commands.isEmpty else { return Passage(limit: nil, isRevoked: false) }
    guard let replies = ask(commands) else {
      return Passage(
        limit: limit.isUnlimited ? nil : local.take(limit, key: Self.place(limit, key)),
        isRevoked: try bearer.map { try isRevokedByRow($0) } ?? false)
    }
    let verdict =
      limit.isUnlimited
      ? nil : RateRule.verdict(replies[0]) ?? local.take(limit, key: Self.place(limit, key))
    let isRevoked = try bearer.map { try self.isRevoked($0, marks: replies[replies.count - 1]) }
    return Passage(limit: verdict, isRevoked: isRevoked ?? false)
  }

  /// Takes one from a limit of its own, such as the log-ins for one e-mail address.
  package func take(_ limit: RateClass, key: String) -> LimitVerdict {
    let limit = limit.scaled(by: scale)
    if let replies = ask([Self.limitCommand(limit, key)]), let verdict = RateRule.verdict(replies[0])
    {
      return verdict
    }
    return local.take(limit, key: Self.place(limit, key))
  }

  /// Marks that must stand before the change they belong to commits. A Redis that is away is no
  /// failure: whoever finds it again fills it from Postgres before trusting it.
  package func mark(ended sessions: [SessionID] = [], refuse user: UserID? = nil, before: Timestamp)
  {
    var commands = sessions.map { Marks.command(ending: $0) }
    if let user { commands.append(Marks.command(refusing: user, before: before)) }
    if !commands.isEmpty, ask(commands) == nil { syncedGeneration = -1 }
  }

  private static func place(_ limit: RateClass, _ key: String) -> String {
    "souk:rate:\(limit.name):\(key)"
  }

  private static func limitCommand(_ limit: RateClass, _ key: String) -> [RedisArgument] {
    RateRule.script.command(
      keys: [place(limit, key)],
      arguments: [.number(Int(RateRule.intervalMicroseconds(limit))), .number(limit.burst)])
  }

  /// Nil when Redis is away.
  private func ask(_ commands: [[RedisArgument]]) -> [RedisValue]? {
    do {
      return try redis.pipeline(commands, scripts: [RateRule.script])
    } catch {
      return nil
    }
  }

  private func isRevoked(_ bearer: Bearer, marks: RedisValue) throws -> Bool {
    guard case .array(let marks) = marks, marks.count == 3, marks[0] != .null,
      syncedGeneration == redis.generation
    else {
      // A fresh connection, or a Redis that lost its memory: it may lack marks.
      let isRevoked = try isRevokedByRow(bearer)
      try synchronise()
      return isRevoked
    }
    if marks[1] != .null { return true }
    guard let since = marks[2].string.flatMap({ Int64($0) }) else { return false }
    return bearer.issuedAt.milliseconds < since
  }

  private func isRevokedByRow(_ bearer: Bearer) throws -> Bool {
    try !SessionStore.isLive(
      bearer.session, of: bearer.user, issuedAt: bearer.issuedAt, in: database)
  }

  private func synchronise() throws {
    var commands: [[RedisArgument]] = []
    for revocation in try SessionStore.recentRevocations(in: database) {
      if let session = revocation.session { commands.append(Marks.command(ending: session)) }
      if let user = revocation.user {
        commands.append(Marks.command(refusing: user, before: revocation.at))
      }
    }
    commands.append(["SET", .text(Marks.completeKey), "1"])
    if ask(commands) != nil { syncedGeneration = redis.generation }
  }
}
