package import Core
package import HTTPClient
package import Log
package import Postgres

/// Work that is due again and again: provider calls, mails, expiries. Several processes may run
/// the same job at once, so it takes its work from rows that it locks.
package struct Job: Sendable {
  package let name: String
  package let every: Duration
  /// Whether it also runs soon after events were heard of and sagas went on.
  package let isNudged: Bool
  /// How long what it asks others for may take.
  package let patience: Duration
  /// One bounded piece of work. True: there may be more, so it runs again at once.
  package let work: @Sendable (JobTools) throws -> Bool

  package init(
    _ name: String, every: Duration, isNudged: Bool = true, patience: Duration = .seconds(15),
    work: @escaping @Sendable (JobTools) throws -> Bool
  ) {
    self.name = name
    self.every = every
    self.isNudged = isNudged
    self.patience = patience
    self.work = work
  }
}

/// What a job works with. It belongs to the job's thread.
package struct JobTools {
  package let database: Database
  package let http: HTTPClient
  package let ids: IDSource
  package let log: Logger

  package init(database: Database, http: HTTPClient, ids: IDSource, log: Logger) {
    self.database = database
    self.http = http
    self.ids = ids
    self.log = log
  }

  package var now: Timestamp { ids.clock.now }
}
