/// Where the database is and how long to wait for it. Every wait has a bound.
package struct DatabaseSettings: Sendable {
  /// `postgresql://user:password@host:port/name?sslmode=verify-full` or `host=… dbname=…`, as all
  /// Postgres programs take it; several hosts are tried in turn.
  package var url: String
  /// Taken on at connect (`SET ROLE`), so that one login can stand for each function's role.
  package var role: String?
  package var applicationName: String
  package var connectTimeout: Duration
  package var statementTimeout: Duration
  package var lockTimeout: Duration
  package var idleInTransactionTimeout: Duration
  /// A statement is planned once, for all values. Otherwise one that takes a list is planned anew
  /// each time, because Postgres believes that lists it has not seen are long: that was measured at
  /// two milliseconds for what then ran in a tenth of one. For statements that look by keys: whole
  /// tables are not read if there is another way.
  package var plansOnce: Bool
  /// COMMIT waits until the disk has it. Where nothing of what was done is told to anybody outside
  /// of the database, it need not: what is lost with a server that falls is done again, and the
  /// next COMMIT that waits takes all earlier ones with it.
  package var waitsForDisk: Bool

  package init(
    url: String, role: String? = nil, applicationName: String = "souk",
    connectTimeout: Duration = .seconds(2), statementTimeout: Duration = .seconds(5),
    lockTimeout: Duration = .seconds(2), idleInTransactionTimeout: Duration = .seconds(10),
    plansOnce: Bool = false, waitsForDisk: Bool = true
  ) {
    self.url = url
    self.role = role
    self.applicationName = applicationName
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.lockTimeout = lockTimeout
    self.idleInTransactionTimeout = idleInTransactionTimeout
    self.plansOnce = plansOnce
    self.waitsForDisk = waitsForDisk
  }

  /// The server stops a statement by itself; this is for a server or a network that is silent.
  var answerTimeout: Duration { statementTimeout + .seconds(1) }
}

/// Counters that only rise; the difference over a request is what the request cost.
package struct DatabaseStatistics: Equatable, Sendable {
  package var roundTrips = 0
  package var statements = 0
  package var nanoseconds: UInt64 = 0
  package var connects = 0
}
