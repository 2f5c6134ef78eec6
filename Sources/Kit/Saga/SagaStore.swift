internal import Core
internal import Postgres

/// What is known of a saga before a turn, and what the turn makes of it.
struct SagaRow {
  let key: SagaKey
  let id: SagaID
  let startedAt: Timestamp
  let trace: String?
  var state: SagaState
  var step: String?
  var attempts: Int
  var failures: Int
  var dueAt: Timestamp?
  var waitingFor: String?
  var lastError: String?
  var turnBackBecause: String?
  var refusedBecause: String?

  fileprivate init(_ row: inout Row) throws {
    key = SagaKey(definition: try row.next(), subject: try row.next())
    id = try row.next()
    startedAt = try row.next()
    trace = try row.next()
    state = try row.next()
    step = try row.next()
    attempts = try row.next()
    failures = try row.next()
    dueAt = try row.next()
    waitingFor = try row.next()
    lastError = try row.next()
    turnBackBecause = try row.next()
    refusedBecause = try row.next()
  }
}

/// Something that took effect.
struct SagaNote {
  enum Mark: String, Bindable, Column {
    case begun, done, undone
  }

  let step: String
  let mark: Mark
  var attempts = 0
  var words: String?
}

enum SagaStore {
  struct Start {
    let id: SagaID
    let key: SagaKey
    let stake: Money?
    let trace: String?
  }

  /// No effect for those that are live. Of several for one subject, the first counts.
  static func start(_ starts: [Start], at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      INSERT INTO saga.sagas (
        id, definition, subject, run, state, due_at, stake_amount, stake_currency, trace_parent,
        started_at, changed_at
      )
      SELECT n.id, n.definition, n.subject,
             COALESCE((
               SELECT max(s.run) FROM saga.sagas AS s
               WHERE s.definition = n.definition AND s.subject = n.subject), 0) + 1,
             'running', \(now), CASE WHEN n.currency <> '' THEN n.amount END,
             NULLIF(n.currency, ''), NULLIF(n.trace, ''), \(now), \(now)
      FROM unnest(
        \(starts.map(\.id)), \(starts.map(\.key.definition))::text[],
        \(starts.map(\.key.subject)), \(starts.map { $0.stake?.amount ?? 0 }),
        \(starts.map { $0.stake?.currency.rawValue ?? "" })::text[],
        \(starts.map { $0.trace ?? "" })::text[]
      ) AS n (id, definition, subject, amount, currency, trace)
      ON CONFLICT (definition, subject) WHERE state NOT IN ('done', 'undone') DO NOTHING
      """)
  }

  static func isLive(_ key: SagaKey) -> Query<Bool> {
    Query(
      """
      SELECT EXISTS (
        SELECT FROM saga.sagas AS s
        WHERE s.definition = \(key.definition) AND s.subject = \(key.subject)
          AND s.state NOT IN ('done', 'undone'))
      """
    ) { row in try row.next() }
  }

  /// Touches the rows in any case, and so waits for turns that are under way: what such a turn
  /// decides to wait for may be just what happened. Says which are live.
  static func wake(_ keys: [SagaKey], at now: Timestamp) -> Query<SagaKey> {
    Query(
      """
      UPDATE saga.sagas AS s
      SET due_at = CASE WHEN s.waiting_for IS NULL THEN s.due_at ELSE least(s.due_at, \(now)) END
      FROM \(live(keys))
      WHERE s.id = l.id AND s.finished_at IS NULL
      RETURNING s.definition, s.subject
      """
    ) { row in SagaKey(definition: try row.next(), subject: try row.next()) }
  }

  /// Of the newest run, unless it is on its way back or was undone.
  static func turnBack(
    _ key: SagaKey, because reason: String, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE saga.sagas AS s
      SET turn_back_because = \(reason), due_at = \(now), finished_at = NULL,
          state = CASE s.state WHEN 'done' THEN 'running' ELSE s.state END
      WHERE s.definition = \(key.definition) AND s.subject = \(key.subject)
        AND s.state IN ('running', 'waiting', 'done') AND s.turn_back_because IS NULL
        AND s.run = (
          SELECT max(n.run) FROM saga.sagas AS n
          WHERE n.definition = \(key.definition) AND n.subject = \(key.subject))
      """)
  }

  /// No row for what is over, not due, or in somebody else's hands.
  static func claim(_ keys: [SagaKey], at now: Timestamp) -> Query<SagaRow> {
    Query(
      """
      SELECT s.definition, s.subject, s.id, s.started_at, s.trace_parent, s.state, s.step,
             s.attempts, s.failures, s.due_at, s.waiting_for, s.last_error, s.turn_back_because,
             s.refused_because
      FROM \(live(keys))
      JOIN saga.sagas AS s ON s.id = l.id
      WHERE s.finished_at IS NULL AND COALESCE(s.due_at, 'infinity') <= \(now)
      FOR UPDATE OF s SKIP LOCKED
      """,
      SagaRow.init)
  }

  /// Of the live runs. A statement of its own, after the claim: it sees what turns before wrote.
  static func notes(_ keys: [SagaKey]) -> Query<(saga: SagaID, note: SagaNote)> {
    Query(
      """
      SELECT t.saga_id, t.step, t.mark
      FROM \(live(keys))
      JOIN saga.steps AS t ON t.saga_id = l.id
      """
    ) { row in
      (try row.next(), SagaNote(step: try row.next(), mark: try row.next()))
    }
  }

  /// Each looked for by itself: Postgres would rather go through all that is live, which it
  /// believes to be next to nothing.
  private static func live(_ keys: [SagaKey]) -> SQL {
    """
    unnest(\(keys.map(\.definition))::text[], \(keys.map(\.subject))) AS n (definition, subject)
    CROSS JOIN LATERAL (
      SELECT l.id FROM saga.sagas AS l
      WHERE l.definition = n.definition AND l.subject = n.subject
        AND l.state NOT IN ('done', 'undone')
      LIMIT 1
    ) AS l
    """
  }

  struct Due {
    let key: SagaKey
    let at: Timestamp
  }

  /// What is due, longest first, and when not before `since`: what has been over for long may
  /// still stand in the index.
  static func due(
    _ definitions: [String], since: Timestamp, at now: Timestamp, limit: Int
  ) -> Query<Due> {
    Query(
      """
      SELECT s.definition, s.subject, s.due_at FROM saga.sagas AS s
      WHERE s.due_at >= \(since) AND s.due_at <= \(now) AND s.definition = ANY (\(definitions))
      ORDER BY s.due_at LIMIT \(constant: limit)
      """
    ) { row in
      Due(
        key: SagaKey(definition: try row.next(), subject: try row.next()), at: try row.next())
    }
  }

  static func nextDue(after now: Timestamp) -> Query<Timestamp> {
    Query(
      """
      SELECT s.due_at FROM saga.sagas AS s WHERE s.due_at > \(now) ORDER BY s.due_at LIMIT 1
      """
    ) { row in try row.next() }
  }
}

/// What took effect in a turn, in that order.
struct WrittenNote: LateRow {
  let saga: SagaID
  let note: SagaNote
  let at: Timestamp

  static func statements(_ rows: [WrittenNote]) -> [SQL] {
    [
      """
      INSERT INTO saga.steps (saga_id, step, mark, attempts, note, at)
      SELECT n.saga_id, n.step, n.mark, n.attempts, n.words, n.at
      FROM unnest(
        \(rows.map(\.saga)), \(rows.map(\.note.step))::text[],
        \(rows.map(\.note.mark.rawValue))::text[], \(rows.map(\.note.attempts)),
        \(rows.map(\.note.words))::text[], \(rows.map(\.at))
      ) AS n (saga_id, step, mark, attempts, words, at)
      """
    ]
  }
}

/// Where a saga stands after a turn.
struct WrittenSaga: LateRow {
  let row: SagaRow
  let at: Timestamp

  static func statements(_ rows: [WrittenSaga]) -> [SQL] {
    let sagas = rows.map(\.row)
    return [
      """
      UPDATE saga.sagas AS s
      SET state = n.state, step = n.step, attempts = n.attempts, failures = n.failures,
          due_at = n.due_at, waiting_for = n.waiting_for, last_error = n.last_error,
          turn_back_because = n.turn_back_because, refused_because = n.refused_because,
          changed_at = n.changed_at, finished_at = n.finished_at
      FROM unnest(
        \(sagas.map(\.id)), \(sagas.map(\.state.rawValue))::text[], \(sagas.map(\.step))::text[],
        \(sagas.map(\.attempts)), \(sagas.map(\.failures)), \(sagas.map(\.dueAt)),
        \(sagas.map(\.waitingFor))::text[], \(sagas.map(\.lastError))::text[],
        \(sagas.map(\.turnBackBecause))::text[], \(sagas.map(\.refusedBecause))::text[],
        \(rows.map(\.at)), \(rows.map { $0.row.state.isOver ? $0.at : nil })
      ) AS n (
        id, state, step, attempts, failures, due_at, waiting_for, last_error, turn_back_because,
        refused_because, changed_at, finished_at)
      WHERE s.id = n.id
      """
    ]
  }
}
