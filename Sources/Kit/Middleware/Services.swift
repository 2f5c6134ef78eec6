package import Core
package import Crypto
package import Gate
package import HTTP
package import Lanes
package import Log
package import Metrics
package import Postgres
package import Redis

/// What all workers of a process share. Nothing in it changes without a lock of its own.
package struct SharedServices: Sendable {
  package let function: String
  package let settings: FunctionSettings
  package let ids: IDSource
  package let keys: KeyRing
  package let passwords: PasswordHasher
  package let log: Logger
  package let metrics: Recorder
  package let cursors: CursorSigner
  package let localLimiter: LocalLimiter
  let plansOnce: Bool

  package init(
    function: String, settings: FunctionSettings, routes: [RouteSpec], ids: IDSource, log: Logger,
    plansOnce: Bool = false
  ) throws {
    self.function = function
    self.plansOnce = plansOnce
    self.settings = settings
    self.ids = ids
    self.log = log
    keys = try KeyRing(directory: settings.keys, clock: ids.clock)
    passwords = PasswordHasher(randomness: ids.randomness)
    metrics = try Recorder(
      path: settings.metricsFolder.map { "\($0)/\(function).metrics" },
      routes: ["unmatched"] + routes.map(\.operation), workers: settings.workers)
    localLimiter = LocalLimiter(clock: ids.clock)
    let cursorKey = Self.key("cursor", of: settings)
    cursors = CursorSigner { HMACSHA256.code($0, key: cursorKey) }
  }

  package var clock: Clock { ids.clock }

  /// A key for one purpose, so that no two uses of the secret can be played against each other.
  package func key(_ purpose: String) -> [UInt8] { Self.key(purpose, of: settings) }

  private static func key(_ purpose: String, of settings: FunctionSettings) -> [UInt8] {
    HMACSHA256.code(Array(purpose.utf8), key: settings.secret)
  }
}

/// What one worker owns. It never leaves its thread.
package final class Services {
  package let shared: SharedServices
  package let database: Database
  package let redis: Redis
  package let gate: Gate
  let tokens: TokenVerifier
  private let lanes: Lanes
  private var lines: [UInt8] = []

  package init(_ shared: SharedServices, lanes: Lanes = Lanes()) {
    self.shared = shared
    self.lanes = lanes
    let settings = shared.settings
    database = Database(
      DatabaseSettings(
        url: settings.databaseURL, role: settings.databaseRole,
        applicationName: "souk-\(shared.function)", plansOnce: shared.plansOnce),
      lanes: lanes)
    redis = Redis(
      RedisSettings(
        url: settings.redisURL, connectTimeout: settings.redisTimeout,
        commandTimeout: settings.redisTimeout),
      lanes: lanes)
    // Wakes the scheduler, and does not wait for it. Should that be lost, it looks by itself.
    database.onNews = { [redis] in redis.post(Nudge.command) }
    gate = Gate(
      redis: redis, database: database, local: shared.localLimiter, scale: settings.rateScale)
    tokens = TokenVerifier(
      keys: shared.keys, issuer: AccessToken.issuer, audience: AccessToken.audience,
      clock: shared.clock)
  }

  /// Writes the line, with those of other lanes in one piece once all of them are done.
  func log(_ level: Logger.Level, _ message: StaticString, _ fields: [(String, LogValue)]) {
    let isFirst = lines.isEmpty
    lines += shared.log.line(level, message, fields)
    if isFirst { lanes.atTheEnd { self.writeLines() } }
  }

  private func writeLines() {
    shared.log.write(lines: lines)
    lines.removeAll(keepingCapacity: true)
  }
}

/// Who issues access tokens, and for whom.
package enum AccessToken {
  package static let issuer = "souk"
  package static let audience = "souk-api"
  package static let lifetime = Duration.minutes(15)
}

/// How functions tell the scheduler that there is something new in the outbox.
package enum Nudge {
  package static let channel = "souk:nudge"
  static let command: [RedisArgument] = ["PUBLISH", RedisArgument(channel), "1"]
}
