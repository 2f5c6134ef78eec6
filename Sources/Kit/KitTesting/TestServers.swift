internal import Core
internal import Glibc
internal import Processes
internal import Redis
internal import Synchronization

/// One private Postgres and one private Redis for all tests of a process, started when first
/// needed and gone with the process. `SOUK_TEST_DATABASE_URL` and `SOUK_TEST_REDIS_URL` name
/// servers to be used instead; that Redis needs as many databases as there are tests.
package final class TestServers: Sendable {
  package static let shared: TestServers = {
    do { return try TestServers() } catch {
      fatalError("the test servers do not start: \(error)")
    }
  }()

  /// As a superuser, to any database of the server.
  package let databaseURL: String
  /// Database 0. A test that must not meet the keys of others takes `freshRedisURL()`.
  package let redisURL: String

  private let guardian: Guardian?
  private let redisDatabases = Atomic<Int>(0)
  private static let redisDatabasesMax = 10_000

  private init() throws {
    let variables = (
      database: environmentVariable("SOUK_TEST_DATABASE_URL"),
      redis: environmentVariable("SOUK_TEST_REDIS_URL")
    )
    if let database = variables.database, let redis = variables.redis {
      (databaseURL, redisURL, guardian) = (database, redis, nil)
      return
    }
    let directory = try Files.makeTemporaryDirectory("souk-test")
    try Account.forServers()?.own(directory)
    let postgres = try LocalPostgres(directory: "\(directory)/postgres", durable: false)
    let redis = try LocalRedis(
      directory: "\(directory)/redis", databases: Self.redisDatabasesMax)
    if variables.database == nil { try postgres.start() }
    if variables.redis == nil {
      try redis.start()
      try Self.refuseWhatAllWouldNotice(redis.url)
    }
    guardian = try Guardian(
      ending: [postgres.pid, redis.pid].compactMap { $0 }, removing: directory)
    databaseURL = variables.database ?? postgres.url
    redisURL = variables.redis ?? redis.url
  }

  /// Whoever wants to do such things has an `OwnRedis`.
  private static func refuseWhatAllWouldNotice(_ url: String) throws {
    try Redis(RedisSettings(url: url)).command(
      "ACL", "SETUSER", "default", "-script|flush", "-flushall", "-config", "-debug", "-shutdown")
  }

  /// An empty database of the Redis server that no other test uses.
  package func freshRedisURL() -> String {
    let number = redisDatabases.add(1, ordering: .relaxed).newValue
    precondition(number < Self.redisDatabasesMax, "no Redis database is left for this test")
    return redisURL.hasPrefix("unix:") ? "\(redisURL)?db=\(number)" : "\(redisURL)/\(number)"
  }
}

private func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
