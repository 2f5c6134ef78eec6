package import Core
internal import Crypto
internal import Gate
internal import HTTP
internal import JSON
internal import Log
package import Middleware
package import Postgres
internal import Synchronization

/// A whole system of one test's own: database, Redis, keys, clock and log. Functions made from it
/// answer through the real middleware, without a web server in front.
package final class TestStack: Sendable {
  package let database: TestDatabase
  package let redis: TestRedis
  package let clock: TestClock
  package let log = LogRecorder()
  /// Where the signing keys lie.
  package let keyFolder: String
  private let folder: TemporaryFolder
  private let environment: [String: String]
  private let keys: KeyRing

  package init(rateScale: Int = 1, environment extra: [String: String] = [:]) throws {
    database = try TestDatabase()
    redis = try TestRedis()
    clock = TestClock()
    folder = try TemporaryFolder("souk-test")
    keyFolder = "\(folder.path)/keys"
    try KeyRing.createIfEmpty(directory: keyFolder, clock: clock.clock, randomness: .system)
    keys = try KeyRing(directory: keyFolder, clock: clock.clock)
    environment = [
      "DATABASE_URL": database.url, "REDIS_URL": redis.url,
      "SOUK_REDIS_TIMEOUT_MS": "20000",
      "SOUK_KEYS": keyFolder, "SOUK_SECRET": String(repeating: "s", count: 40),
      "SOUK_METRICS": folder.path, "SOUK_RATE_SCALE": String(rateScale),
      "SOUK_PUBLIC_URL": "https://shop.example",
      "SOUK_SANDBOX_SECRETS": "sandbox-of-a-test",
    ].merging(extra) { $1 }
  }

  /// A function with one worker, in the database role it has in production.
  package func function(
    _ name: String, _ routes: [Route],
    own: (any OwnSettings.Type)? = nil
  ) throws -> TestFunction {
    var environment = environment
    environment["SOUK_DATABASE_ROLE"] = "souk_\(name)"
    let shared = try SharedServices(
      function: name, settings: try FunctionSettings(Environment(environment), own: own),
      routes: routes.map(\.spec), ids: IDSource(clock: clock.clock),
      log: Logger(function: name, clock: clock.clock, write: log.write))
    return TestFunction(routes, Services(shared))
  }

  /// What a process of this function's own finds in its environment.
  package func environment(of function: String) -> [String: String] {
    environment.merging(["SOUK_DATABASE_ROLE": "souk_\(function)"]) { $1 }
  }

  /// A superuser's look at what the functions wrote.
  package func look() -> Database { database.database() }

  /// A token as `auth` would issue it, with anything about it changed.
  package func token(_ change: (inout TokenParts) -> Void = { _ in }) throws -> String {
    var parts = TokenParts(issuedAt: clock.clock.now)
    change(&parts)
    return try JWT.sign(
      AccessClaims(
        issuer: parts.issuer, audience: parts.audience, subject: parts.subject,
        session: parts.session, roles: parts.roles, issuedAt: parts.issuedAt,
        expiresAt: parts.expiresAt ?? parts.issuedAt + .minutes(15)),
      with: keys)
  }

  package struct TokenParts {
    package var issuer = AccessToken.issuer
    package var audience = AccessToken.audience
    package var subject = IDSource().id(UserKind.self).description
    package var session = IDSource().id(SessionKind.self).description
    package var roles = ["customer"]
    package var issuedAt: Timestamp
    package var expiresAt: Timestamp?
  }
}

/// A clock that stands still until told to move.
package final class TestClock: Sendable {
  private let current = Mutex(Clock.system.now)

  package init() {}

  package var clock: Clock { Clock { self.current.withLock { $0 } } }

  package func advance(by duration: Duration) { current.withLock { $0 = $0 + duration } }
}

/// Keeps the log's lines.
package final class LogRecorder: Sendable {
  private let kept = Mutex<[String]>([])

  package init() {}

  package var write: @Sendable ([UInt8]) -> Void {
    { line in self.kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
  }

  package var lines: [String] { kept.withLock { $0 } }
}

/// A folder that goes when this value goes.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init(_ prefix: String) throws { path = try Files.makeTemporaryDirectory(prefix) }

  deinit {
    do throws(FileError) {
      try Files.remove(path)
    } catch {
      print("the test folder \(path) stays behind: \(error)")
    }
  }
}
