internal import Core
internal import Postgres

/// Where consumers stand in the log.
enum ConsumerStore {
  /// A consumer that is not known yet begins with the oldest event that is kept.
  static func register(_ consumer: String, in database: some Querying) throws {
    try database.execute(
      """
      WITH fresh AS (
        INSERT INTO outbox.consumers (name) VALUES (\(consumer))
        ON CONFLICT (name) DO NOTHING RETURNING name
      )
      INSERT INTO outbox.passes (consumer, position)
      SELECT f.name, COALESCE((SELECT min(p.position) FROM outbox.positions AS p), 1) - 1
      FROM fresh AS f
      """)
  }

  /// A row comes back when nobody else works for the consumer. It is theirs until the end of the
  /// transaction.
  static func lease(_ consumer: String) -> Query<Bool> {
    Query(
      """
      SELECT true FROM outbox.consumers AS c WHERE c.name = \(consumer) FOR UPDATE SKIP LOCKED
      """
    ) { row in try row.next() }
  }

  struct Place {
    let position: Int
    let head: Int
    /// Counted no further than what is too much.
    let deferred: Int
  }

  static func place(of consumer: String, deferredMax: Int) -> Query<Place> {
    Query(
      """
      SELECT \(position(of: consumer)),
             (SELECT t.position FROM outbox.ticks AS t ORDER BY t.position DESC LIMIT 1),
             (SELECT count(*) FROM (
                SELECT 1 FROM outbox.deferred AS d WHERE d.consumer = \(consumer)
                LIMIT \(constant: deferredMax)) AS x)
      """
    ) { row in
      Place(position: try row.next(), head: try row.next(), deferred: try row.next())
    }
  }

  struct Entry {
    let event: LoggedEvent
    /// An earlier event of the same aggregate waits for another attempt.
    let isBlocked: Bool
  }

  /// The events of these types among the next positions. Each is looked up by its key, whatever
  /// the planner believes about tables that grow faster than they are analysed.
  static func next(_ count: Int, of types: Set<String>, for consumer: String) -> Query<Entry> {
    Query(
      """
      SELECT p.position, e.id, e.type, e.aggregate_type, e.aggregate_id, e.occurred_at,
             e.payload::text, e.trace_parent,
             EXISTS (
               SELECT 1 FROM outbox.deferred AS d
               WHERE d.consumer = \(consumer) AND d.aggregate_id = e.aggregate_id
                 AND d.aggregate_type = e.aggregate_type)
      FROM outbox.positions AS p
      CROSS JOIN LATERAL (
        SELECT v.id, v.type, v.aggregate_type, v.aggregate_id, v.occurred_at, v.payload,
               v.trace_parent
        FROM outbox.events AS v WHERE v.sequence = p.sequence OFFSET 0
      ) AS e
      WHERE p.position > \(position(of: consumer))
        AND p.position <= \(position(of: consumer)) + \(count)
        AND e.type = ANY (\(types.sorted()))
      ORDER BY p.position
      """
    ) { row in Entry(event: try LoggedEvent(&row), isBlocked: try row.next()) }
  }

  private static func position(of consumer: String) -> SQL {
    """
    COALESCE((
      SELECT a.position FROM outbox.passes AS a WHERE a.consumer = \(consumer)
      ORDER BY a.position DESC LIMIT 1), 0)
    """
  }

  /// Travels with the COMMIT: what the consumer wrote and its place become true together.
  static func pass(_ consumer: String, to position: Int, in transaction: Transaction) {
    transaction.enqueue(
      "INSERT INTO outbox.passes (consumer, position) VALUES (\(consumer), \(position))")
  }
}

extension LoggedEvent {
  init(_ row: inout Row) throws {
    self.init(
      position: try row.next(), id: try row.next(), type: try row.next(),
      aggregateType: try row.next(), aggregateID: try row.next(), occurredAt: try row.next(),
      payload: Array((try row.next() as String).utf8), traceParent: try row.next())
  }
}
