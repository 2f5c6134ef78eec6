package import Core
internal import Postgres

/// What the scheduled function reads from its environment, once, at start.
package struct ScheduleSettings: Sendable {
  package var databaseURL: String
  package var databaseRole: String?
  /// Without Redis it polls.
  package var redisURL: String?
  /// How long it works before it leaves the field to the next one.
  package var slot: Duration
  package var steppers: Int
  /// How often it looks by itself, whether or not somebody rang.
  package var poll: Duration
  /// How long events that everybody has heard of are kept at least. At most it is a day more, or a
  /// thirtieth where that is longer.
  package var retention: Duration

  package init(_ environment: Environment) throws(SettingsError) {
    databaseURL = try environment.require("DATABASE_URL")
    databaseRole = try environment.text("SOUK_DATABASE_ROLE")
    redisURL = try environment.text("REDIS_URL")
    slot = .milliseconds(
      try environment.number("SOUK_TICK_MS", default: 59_500, in: 100...86_400_000))
    steppers = try environment.number("SOUK_STEPPERS", default: 4, in: 1...64)
    poll = .milliseconds(try environment.number("SOUK_POLL_MS", default: 250, in: 10...60_000))
    retention = .days(
      Int64(try environment.number("SOUK_EVENT_DAYS", default: 7, in: 1...3650)))
  }

  /// Who calls somebody outside has to wait for the disk before.
  func database(_ purpose: String, waitsForDisk: Bool = false) -> Database {
    Database(
      DatabaseSettings(
        url: databaseURL, role: databaseRole, applicationName: "souk-scheduler-\(purpose)",
        statementTimeout: .seconds(30), plansOnce: true, waitsForDisk: waitsForDisk))
  }
}
