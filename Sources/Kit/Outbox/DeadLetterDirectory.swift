package import Core
package import JSON
package import Postgres

package enum EventKind: IDKind {
  package static let prefix = "evt"
}

/// An event that a consumer gave up, as operators see it.
package struct DeadLetter: Encodable, Sendable {
  package let number: Int
  package let consumer: String
  package let eventId: ID<EventKind>
  package let type: String
  package let aggregateType: String
  package let aggregateId: String
  package let occurredAt: Timestamp
  package let payload: RawJSON
  package let attempts: Int
  package let error: String
  package let diedAt: Timestamp
  @ExplicitNull package var settledAs: String?
  @ExplicitNull package var settledAt: Timestamp?
  @ExplicitNull package var settledBy: String?
  @ExplicitNull package var reason: String?

  fileprivate init(_ row: inout Row) throws {
    number = try row.next()
    consumer = try row.next()
    eventId = try row.next()
    type = try row.next()
    aggregateType = try row.next()
    aggregateId = (try row.next() as UUID).description
    occurredAt = try row.next()
    payload = RawJSON(try row.next())
    attempts = try row.next()
    error = try row.next()
    diedAt = try row.next()
    _settledAs = ExplicitNull(wrappedValue: try row.next())
    _settledAt = ExplicitNull(wrappedValue: try row.next())
    _settledBy = ExplicitNull(wrappedValue: try row.next())
    _reason = ExplicitNull(wrappedValue: try row.next())
  }

  package enum Settlement: String, Sendable, Bindable {
    /// Back to its consumer.
    case replayed
    /// Nobody will hear of it.
    case dropped
  }
}

package enum DeadLetterDirectory {
  private static let columns: SQL = """
    d.number, d.consumer, d.id, d.type, d.aggregate_type, d.aggregate_id, d.occurred_at,
    d.payload::text, d.attempts, d.error, d.died_at, d.settled_as, d.settled_at, d.settled_by,
    d.settled_because
    """

  /// The newest first. One more than `limit`, so that the caller sees whether there are others.
  package static func list(
    consumer: String?, isSettled: Bool, before number: Int?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (letters: [DeadLetter], total: Int) {
    let isMeant: SQL = """
      (d.settled_as IS NOT NULL) = \(isSettled)
      AND (\(consumer)::text IS NULL OR d.consumer = \(consumer))
      """
    let isBefore: SQL = if let number { "AND d.number < \(number)" } else { "" }
    let (letters, totals) = try database.read(
      Query(
        """
        SELECT \(columns) FROM outbox.dead_letters AS d WHERE \(isMeant) \(isBefore)
        ORDER BY d.number DESC LIMIT \(limit + 1) OFFSET \(offset)
        """,
        DeadLetter.init),
      Query.reachable("SELECT 1 FROM outbox.dead_letters AS d WHERE \(isMeant)"))
    return (letters, totals.first ?? 0)
  }

  /// Those that wait to be settled, the oldest first, and how many there are in all.
  package static func waiting(
    for consumer: String?, limit: Int, in database: some Querying
  ) throws -> (letters: [DeadLetter], total: Int) {
    let (letters, totals) = try database.read(
      Query(
        """
        SELECT \(columns) FROM outbox.dead_letters AS d WHERE \(waits(for: consumer))
        ORDER BY d.number LIMIT \(limit)
        """,
        DeadLetter.init),
      Query(
        "SELECT count(*) FROM outbox.dead_letters AS d WHERE \(waits(for: consumer))"
      ) { row in try row.next() as Int })
    return (letters, totals.first ?? 0)
  }

  /// Nil: for anybody.
  private static func waits(for consumer: String?) -> SQL {
    "d.settled_as IS NULL AND (\(consumer)::text IS NULL OR d.consumer = \(consumer))"
  }

  /// So many go back at once at most: a consumer for which twice as many are put aside stands
  /// still.
  package static let replayMax = 5_000

  /// Gives back what waits to be settled, from the oldest event on, each noted as one alone is.
  /// They come together, so that a consumer hears of what happened to one thing in its order.
  /// Returns how many.
  package static func replay(
    of consumer: String?, by: String, because reason: String, limit: Int = replayMax,
    at now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    let outcome = DeadLetter.Settlement.replayed
    return try transaction.first(
      """
      SELECT count(*) FILTER (WHERE s.is_settled) FROM (
        SELECT outbox.settle_dead_letter(d.number, \(outcome), \(by), \(reason), \(now))
          AS is_settled
        FROM (
          SELECT d.number FROM outbox.dead_letters AS d WHERE \(waits(for: consumer))
          ORDER BY d.position, d.number LIMIT \(limit)
        ) AS d
        OFFSET 0
      ) AS s
      """
    ) { row in try row.next() } ?? 0
  }

  /// False when no such letter waits to be settled.
  package static func settle(
    _ number: Int, as settlement: DeadLetter.Settlement, by: String, because reason: String,
    at now: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    try transaction.first(
      "SELECT outbox.settle_dead_letter(\(number), \(settlement), \(by), \(reason), \(now))"
    ) { row in try row.next() } ?? false
  }

  /// Returns how many were forgotten.
  package static func forget(
    settledBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      DELETE FROM outbox.dead_letters AS d WHERE d.number IN (
        SELECT o.number FROM outbox.dead_letters AS o WHERE o.settled_at < \(time)
        ORDER BY o.settled_at LIMIT \(limit))
      """)
  }

  package static func letter(
    _ number: Int, in database: some Querying
  ) throws -> DeadLetter? {
    try database.first(
      "SELECT \(columns) FROM outbox.dead_letters AS d WHERE d.number = \(number)", DeadLetter.init)
  }
}
