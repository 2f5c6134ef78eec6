package import Core
package import Postgres

/// The log of what has committed: every event gets its final position here.
package enum EventLog {
  /// How many events get their positions in one transaction.
  package static let batchMax = 20_000

  /// How many values each partition takes, unless a test wants less.
  package static let partitionSize = 1_048_576

  /// Gives positions to what committed since the last call, at most `most`. Returns how many; nil
  /// when somebody else is at it.
  package static func place(
    atMost most: Int = batchMax, in database: some Querying
  ) throws -> Int? {
    let placed = try database.first("SELECT outbox.tick(\(most)::integer)") { row in
      try row.next() as Int
    }
    return placed.flatMap { $0 < 0 ? nil : $0 }
  }

  /// Of a database that was dumped and restored into another server: gives positions to what has
  /// none, however long that takes. Returns whether there was anything to settle.
  package static func settleIn(_ database: Database) throws -> Bool {
    try Migrator.patient(database).first("SELECT outbox.settle_in()") { row in
      try row.next()
    } ?? false
  }

  /// How old an event in the partition in use may become before what follows goes into another
  /// one: a day, or more where events are kept for so long that there would be many partitions.
  package static func closingAge(keeping age: Duration) -> Duration { max(.days(1), age / 30) }

  /// Makes the partitions that will be needed next, and drops those that everybody has passed and
  /// that have been closed for the given time. One is closed when it is full, or when an event in
  /// it is older than the other time. Returns whether that was so, and how many came and went.
  package static func rotate(
    keeping age: Duration, closing old: Duration? = nil, size: Int = partitionSize,
    ahead: Int = 2, in database: some Querying
  ) throws -> (left: Bool, made: Int, dropped: Int) {
    let seconds = Int(age.microseconds / 1_000_000)
    let old = Int((old ?? closingAge(keeping: age)).microseconds / 1_000_000)
    // On its own, as nobody can write until it is committed. Before others are made: then there
    // are again as many ahead.
    let left = try database.first(
      "SELECT outbox.leave_partition(make_interval(secs => \(old)))"
    ) { row in try row.next() as Bool }
    let (made, dropped, _) = try database.read(
      Query("SELECT outbox.make_partitions(\(size), \(ahead)::integer)") { row in
        try row.next() as Int
      },
      Query("SELECT outbox.drop_partitions(make_interval(secs => \(seconds)))") { row in
        try row.next() as Int
      },
      Query("SELECT true FROM outbox.empty_rest(make_interval(secs => \(seconds)))") { row in
        try row.next() as Bool
      })
    return (left ?? false, made.first ?? 0, dropped.first ?? 0)
  }

  /// How one consumer stands.
  package struct Standing: Equatable, Sendable {
    package let consumer: String
    package let position: Int
    package let head: Int
    /// When the oldest event happened that it has not heard of.
    package let oldestAt: Timestamp?
    /// Waiting for another attempt, or behind one that does. Counted up to 10,000.
    package let deferred: Int
    /// Dead letters that nobody has settled, counted up to 10,000.
    package let dead: Int

    package var backlog: Int { head - position }
  }

  package static func standing() -> Query<Standing> {
    Query(
      """
      SELECT s.name, s.place, s.head, s.oldest_at, s.deferred, s.dead FROM outbox.standing() AS s
      """
    ) { row in
      Standing(
        consumer: try row.next(), position: try row.next(), head: try row.next(),
        oldestAt: try row.next(), deferred: try row.next(), dead: try row.next())
    }
  }
}
