package import Core

/// What a function reads from its environment, once, at start.
package struct FunctionSettings: Sendable {
  package let databaseURL: String
  package let databaseRole: String?
  package let redisURL: String
  /// How long one round trip to Redis may take before the function goes on without it.
  package let redisTimeout: Duration
  /// The folder of the signing keys.
  package let keys: String
  /// The root of keys for cursors, refresh tokens and the like.
  package let secret: [UInt8]
  package let metricsFolder: String?
  package let workers: Int
  /// How many requests each worker carries at once.
  package let lanes: Int
  package let idleExit: Duration
  package let rateScale: Int
  package let corsOrigins: [String]
  /// How long an event may wait for who wants to hear of it before readiness turns red.
  package let eventPromise: Duration
  /// What clients and mails call this system.
  package let publicURL: String
  /// What the function's own domain reads for itself.
  package let own: (any OwnSettings)?

  package init(
    _ environment: Environment, own: (any OwnSettings.Type)? = nil
  ) throws(SettingsError) {
    databaseURL = try environment.require("DATABASE_URL")
    databaseRole = try environment.text("SOUK_DATABASE_ROLE")
    redisURL = try environment.require("REDIS_URL")
    redisTimeout = .milliseconds(
      try environment.number("SOUK_REDIS_TIMEOUT_MS", default: 500, in: 10...60_000))
    keys = try environment.require("SOUK_KEYS")
    secret = Array(try environment.require("SOUK_SECRET").utf8)
    guard secret.count >= 32 else {
      throw SettingsError("SOUK_SECRET needs at least 32 characters, it has \(secret.count)")
    }
    metricsFolder = try environment.text("SOUK_METRICS")
    workers = try environment.number("SOUK_WORKERS", default: 4, in: 1...64)
    lanes = try environment.number("SOUK_LANES", default: 1, in: 1...64)
    idleExit = .seconds(try environment.number("SOUK_IDLE_EXIT", default: 0, in: 0...86_400))
    rateScale = try environment.number("SOUK_RATE_SCALE", default: 1, in: 1...1_000_000)
    corsOrigins = (try environment.text("SOUK_CORS_ORIGINS") ?? "").split(separator: ",")
      .map { String($0.filter { $0 != " " }) }
    eventPromise = .seconds(
      try environment.number("SOUK_EVENT_PROMISE", default: 120, in: 1...86_400))
    publicURL = try environment.text("SOUK_PUBLIC_URL") ?? "http://localhost:8080"
    self.own = try own?.init(environment)
  }
}

/// Settings of a function's domain, read once at its start like the common ones.
package protocol OwnSettings: Sendable {
  init(_ environment: Environment) throws(SettingsError)
}
