internal import Core
internal import Postgres

/// Events that wait for another attempt, and those behind them.
enum DeferredStore {
  static func insert(
    _ event: LoggedEvent, for consumer: String, attempts: Int, next: Timestamp, error: String?,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO outbox.deferred (
        consumer, position, id, type, aggregate_type, aggregate_id, occurred_at, payload,
        trace_parent, attempts, next_at, error
      ) VALUES (
        \(consumer), \(event.position), \(event.id), \(event.type), \(event.aggregateType),
        \(event.aggregateID), \(event.occurredAt), \(event.text), \(event.traceParent),
        \(attempts), \(next), \(error)
      )
      """)
  }

  static func bury(
    _ event: LoggedEvent, of consumer: String, attempts: Int, error: String, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO outbox.dead_letters (
        consumer, position, id, type, aggregate_type, aggregate_id, occurred_at, payload,
        trace_parent, attempts, error, died_at
      ) VALUES (
        \(consumer), \(event.position), \(event.id), \(event.type), \(event.aggregateType),
        \(event.aggregateID), \(event.occurredAt), \(event.text), \(event.traceParent),
        \(attempts), \(error), \(now)
      )
      """)
  }

  /// Positions of what is due and has nothing of its aggregate before it.
  static func due(for consumer: String, at now: Timestamp, limit: Int) -> Query<Int> {
    Query(
      """
      SELECT d.position FROM outbox.deferred AS d
      WHERE d.consumer = \(consumer) AND d.next_at <= \(now) AND \(isFirst)
      ORDER BY d.next_at, d.position
      LIMIT \(constant: limit)
      """
    ) { row in try row.next() }
  }

  /// No row when somebody else has dealt with it.
  static func lock(
    _ position: Int, of consumer: String
  ) -> Query<(event: LoggedEvent, attempts: Int)> {
    Query(
      """
      SELECT d.position, d.id, d.type, d.aggregate_type, d.aggregate_id, d.occurred_at,
             d.payload::text, d.trace_parent, d.attempts
      FROM outbox.deferred AS d
      WHERE d.consumer = \(consumer) AND d.position = \(position) AND \(isFirst)
      FOR UPDATE
      """
    ) { row in (try LoggedEvent(&row), try row.next()) }
  }

  private static let isFirst: SQL = """
    NOT EXISTS (
      SELECT 1 FROM outbox.deferred AS b
      WHERE b.consumer = d.consumer AND b.aggregate_id = d.aggregate_id
        AND b.aggregate_type = d.aggregate_type AND b.position < d.position)
    """

  static func postpone(
    _ position: Int, of consumer: String, attempts: Int, next: Timestamp, error: String,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE outbox.deferred SET attempts = \(attempts), next_at = \(next), error = \(error)
      WHERE consumer = \(consumer) AND position = \(position)
      """)
  }

  static func delete(_ position: Int, of consumer: String, in transaction: Transaction) {
    transaction.enqueue(
      "DELETE FROM outbox.deferred WHERE consumer = \(consumer) AND position = \(position)")
  }
}

extension LoggedEvent {
  fileprivate var text: String { String(decoding: payload, as: UTF8.self) }
}
