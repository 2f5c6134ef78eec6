package import Core
internal import Glibc
internal import Log
internal import Middleware
package import Outbox
internal import Postgres
package import Saga
internal import Threads

/// Runs the scheduled function for its slot; with `--once`, until nothing is left to do. `jobsOf`
/// makes those jobs that have settings of their own. Whatever keeps it from starting is one log
/// line and exit code 1.
package func schedule(
  consumers: [EventConsumer] = [], sagas: [SagaDefinition] = [], cues: [SagaCue] = [],
  jobs: [Job] = [], jobsOf: (Environment) throws -> [Job] = { _ in [] }
) -> Never {
  let log = Logger(function: "scheduler")
  do {
    let settings = try ScheduleSettings(Environment.current())
    let jobs =
      try jobs + jobsOf(Environment.current()) + [.rotation(keeping: settings.retention)]
    let scheduler = Scheduler(
      Plan(consumers: consumers, sagas: sagas, cues: cues, jobs: jobs), settings, log: log)
    signal(SIGPIPE, SIG_IGN)
    try Signals.onTermination { scheduler.stop() }
    try checkSchema(settings)
    if CommandLine.arguments.contains("--once") {
      try scheduler.settle()
    } else {
      log.info("at work", [:])
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
  /// Makes the event log's partitions before they are needed, and drops old ones.
  fileprivate static func rotation(keeping age: Duration) -> Job {
    Job("event_partitions", every: .seconds(50), isNudged: false) { tools in
      _ = try EventLog.rotate(keeping: age, in: tools.database)
      return false
    }
  }
}
