package import Core
internal import Glibc
internal import Log
internal import Middleware
internal import Outbox
internal import Postgres
internal import Threads

/// Runs the scheduled function for its slot; with `--once`, until nothing is left to do. Whatever
/// keeps it from starting is one log line and exit code 1.
package func schedule(_ plan: (Environment) throws -> Plan) -> Never {
  let log = Logger(function: "scheduler")
  do {
    let environment = Environment.current()
    let settings = try ScheduleSettings(environment)
    var plan = try plan(environment)
    plan.jobs.append(.rotation(keeping: settings.retention))
    let scheduler = Scheduler(plan, settings, log: log)
    signal(SIGPIPE, SIG_IGN)
    try Signals.onTermination { scheduler.stop() }
    try checkSchema(settings)
    log.log(.info, "at work", plan.means)
    if CommandLine.arguments.contains("--once") {
      try scheduler.settle()
    } else {
      try scheduler.run()
      log.info("the slot is over", [:])
    }
    exit(0)
  } catch {
    log.error("the scheduler cannot run", ["error": .text(String(reflecting: error))])
    exit(1)
  }
}

private func checkSchema(_ settings: ScheduleSettings) throws {
  let version = try SchemaVersion.current(in: settings.database("schema"))
  guard version >= SchemaVersion.expected else {
    throw SettingsError(
      "the database is at migration \(version), the scheduler needs \(SchemaVersion.expected):"
        + " run 'souk migrate'")
  }
}

extension Job {
  /// Makes the event log's partitions before they are needed, closes and drops old ones.
  fileprivate static func rotation(keeping age: Duration) -> Job {
    Job("event_partitions", every: .seconds(50), isNudged: false) { tools in
      _ = try EventLog.rotate(keeping: age, in: tools.database)
      return false
    }
  }
}
