package import Core
package import HTTP
package import Postgres
package import Redis

/// Decides whether a request may pass: within its rate, and with a session that is still good.
/// Both questions travel to Redis together, and need not be waited for at once. One per worker.
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
    package let standing: Standing
  }

  /// How things stand with the bearer of a token.
  package enum Standing: Equatable {
    case good
    /// The token's own roles are out of date; these are true.
    case goodWithRoles([Role])
    case revoked
  }

  /// What is asked about one request, on its way to Redis.
  package struct Question {
    fileprivate let limit: RateClass
    fileprivate let key: String
    fileprivate let bearer: Bearer?
    fileprivate let exchange: RedisExchange?
    /// Nothing speaks against it so far: a read may begin before the answer is there.
    package let isPromising: Bool
  }

  /// Asks both questions in one Redis round trip at most, and does not wait for it. `answer` must
  /// follow.
  package func ask(_ limit: RateClass, key: String, bearer: Bearer?) -> Question {
    let limit = limit.scaled(by: scale)
    let place = Self.place(limit, key)
    var commands: [[RedisArgument]] = []
    if !limit.isUnlimited { commands.append(Self.limitCommand(limit, key)) }
    if let bearer {
      commands.append([
        "MGET", .init(Marks.completeKey), .init(Marks.endedKey(bearer.session)),
        .init(Marks.refusedKey(bearer.user)), .init(Marks.rolesKey(bearer.user)),
      ])
    }
    let exchange = commands.isEmpty ? nil : begun(commands)
    return Question(
      limit: limit, key: place, bearer: bearer, exchange: exchange,
      isPromising: exchange != nil && !doubtful.contains(place))
  }

  /// Asks and waits.
  package func pass(_ limit: RateClass, key: String, bearer: Bearer?) throws -> Passage {
    try answer(ask(limit, key: key, bearer: bearer))
  }

  /// Without Redis the limit falls back to this process, and the session to its row. Throws when
  /// a session must be asked of Postgres and that fails too.
  package func answer(_ question: Question) throws -> Passage {
    let passage = try weigh(question)
    if passage.limit?.remaining == 0 || passage.standing != .good {
      if doubtful.count >= Self.doubtfulMax { doubtful.removeAll() }
      doubtful.insert(question.key)
    } else {
      doubtful.remove(question.key)
    }
    return passage
  }

  /// Whoever is at their limit, or came with a dead session or outdated roles, gets nothing ahead
  /// of the answer: a flood must not reach Postgres, nor be answered twice.
  private var doubtful: Set<String> = []
  private static let doubtfulMax = 10_000

  private func weigh(_ question: Question) throws -> Passage {
    let limit = question.limit
    guard let replies = question.exchange.flatMap({ finished($0) }) else {
      return Passage(
        limit: limit.isUnlimited ? nil : local.take(limit, key: question.key),
        standing: try question.bearer.map { try standingByRow($0) } ?? .good)
    }
    let verdict = limit.isUnlimited ? nil : RateRule.verdict(replies[0])
    // The limit writes: a Redis that refuses it refuses marks as well, and must not be believed.
    let isWritable = limit.isUnlimited || verdict != nil
    let standing = try question.bearer.map {
      isWritable
        ? try self.standing(of: $0, marks: replies[replies.count - 1]) : try standingByRow($0)
    }
    return Passage(
      limit: isWritable ? verdict : local.take(limit, key: question.key),
      standing: standing ?? .good)
  }

  private func begun(_ commands: [[RedisArgument]]) -> RedisExchange? {
    do {
      return try redis.begin(commands)
    } catch {
      return nil
    }
  }

  private func finished(_ exchange: RedisExchange) -> [RedisValue]? {
    do {
      return try redis.finish(exchange)
    } catch {
      return nil
    }
  }

  /// Takes one from a limit of its own, such as the log-ins for one e-mail address.
  package func take(_ limit: RateClass, key: String) -> LimitVerdict {
    let limit = limit.scaled(by: scale)
    if let replies = ask([Self.limitCommand(limit, key)]),
      let verdict = RateRule.verdict(replies[0])
    {
      return verdict
    }
    return local.take(limit, key: Self.place(limit, key))
  }

  /// Refuses these sessions, and the user's tokens older than the moment. To be called before the
  /// change commits. A Redis that is away is no failure: whoever finds it again fills it from
  /// Postgres before trusting it.
  package func mark(ended sessions: [SessionID], refuse user: UserID? = nil, before: Timestamp) {
    var commands = sessions.map { Marks.ending($0) }
    if let user { commands.append(Marks.refusing(user, before: before)) }
    set(commands)
  }

  /// Takes back that a session ended: whoever marked it died before it came true. To be called
  /// while its row is locked, for then nobody is about to end it. Without Redis the mark stays
  /// until it is forgotten.
  package func unmark(ended session: SessionID) {
    _ = ask([["DEL", .init(Marks.endedKey(session))]])
  }

  /// Sets the roles of the user's tokens older than the moment, unless a later version of the
  /// user was marked already.
  package func mark(roles: [Role], of user: UserID, before moment: Timestamp, version: Int) {
    set([Marks.roles(roles.map(\.rawValue), of: user, before: moment, version: version)])
  }

  private func set(_ marks: [[RedisArgument]]) {
    guard !marks.isEmpty, !areTaken(marks) else { return }
    // It may answer again, or still do, and lack these marks: nobody is to believe it until it
    // is filled anew. A full Redis deletes where it does not write.
    syncedGeneration = -1
    _ = ask([["DEL", .init(Marks.completeKey)]])
  }

  private func areTaken(_ marks: [[RedisArgument]]) -> Bool {
    guard let replies = ask(marks) else { return false }
    return !replies.contains { if case .error = $0 { true } else { false } }
  }

  private static func place(_ limit: RateClass, _ key: String) -> String {
    "souk:rate:\(limit.name):\(key)"
  }

  private static func limitCommand(_ limit: RateClass, _ key: String) -> [RedisArgument] {
    RateRule.script.call(
      keys: [.init(place(limit, key))],
      arguments: [.init(Int(RateRule.intervalMicroseconds(limit))), .init(limit.burst)])
  }

  /// Nil when Redis is away.
  private func ask(_ commands: [[RedisArgument]]) -> [RedisValue]? {
    do {
      return try redis.pipeline(commands)
    } catch {
      return nil
    }
  }

  private func standing(of bearer: Bearer, marks: RedisValue) throws -> Standing {
    guard case .array(let marks) = marks, marks.count == 4, marks[0] != .null,
      syncedGeneration == redis.generation
    else {
      // A fresh connection, or a Redis that lost its memory: it may lack marks.
      let standing = try standingByRow(bearer)
      try synchronise()
      return standing
    }
    if marks[1] != .null { return .revoked }
    if let moment = marks[2].string.flatMap({ Int64($0) }), bearer.issuedAt.milliseconds < moment {
      return .revoked
    }
    let roles = marks[3].string.flatMap { Marks.roles(in: $0, issuedAt: bearer.issuedAt) }
    return roles.map { .goodWithRoles($0) } ?? .good
  }

  private func standingByRow(_ bearer: Bearer) throws -> Standing {
    try SessionStore.roles(for: bearer, in: database).map { .goodWithRoles($0) } ?? .revoked
  }

  private func synchronise() throws {
    // Read first: a connection made anew by the writing below must count as not filled.
    let generation = redis.generation
    var commands: [[RedisArgument]] = []
    for revocation in try SessionStore.recentRevocations(in: database) {
      if let session = revocation.session { commands.append(Marks.ending(session)) }
      guard let user = revocation.user else { continue }
      commands.append(
        revocation.roles.map {
          Marks.roles($0, of: user, before: revocation.since, version: revocation.version ?? 0)
        } ?? Marks.refusing(user, before: revocation.since))
    }
    commands.append(["SET", .init(Marks.completeKey), "1"])
    if areTaken(commands) { syncedGeneration = generation }
  }
}
