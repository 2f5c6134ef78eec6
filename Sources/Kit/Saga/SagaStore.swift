internal import Core
internal import Postgres

/// What is known of a saga before a turn, and what the turn makes of it.
struct SagaRow {
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

/// What took effect, in that order.
struct SagaNote {
  enum Mark: String, Bindable, Column {
    case begun, done, undone
  }

  let step: String
  let mark: Mark
}

enum SagaStore {
  static func start(
    _ id: SagaID, _ key: SagaKey, stake: Money?, trace: String?, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO saga.sagas (
        id, definition, subject, run, state, due_at, stake_amount, stake_currency, trace_parent,
        started_at, changed_at
      ) VALUES (
        \(id), \(key.definition), \(key.subject),
        COALESCE((
          SELECT max(s.run) FROM saga.sagas AS s
          WHERE s.definition = \(key.definition) AND s.subject = \(key.subject)), 0) + 1,
        'running', \(now), \(stake?.amount), \(stake?.currency), \(trace), \(now), \(now)
      )
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

  /// Touches the row in any case, and so waits for a turn that is under way: what the turn decides
  /// to wait for may be just what happened.
  static func wake(_ key: SagaKey, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE saga.sagas
      SET due_at = CASE WHEN waiting_for IS NULL THEN due_at ELSE least(due_at, \(now)) END
      WHERE definition = \(key.definition) AND subject = \(key.subject)
        AND state NOT IN ('done', 'undone')
      """)
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

  /// No row when it is over, not due, or in somebody else's hands.
  static func claim(_ key: SagaKey, at now: Timestamp) -> Query<SagaRow> {
    Query(
      """
      SELECT s.id, s.started_at, s.trace_parent, s.state, s.step, s.attempts, s.failures, s.due_at,
             s.waiting_for, s.last_error, s.turn_back_because, s.refused_because
      FROM saga.sagas AS s
      WHERE s.definition = \(key.definition) AND s.subject = \(key.subject)
        AND s.state NOT IN ('done', 'undone') AND s.due_at <= \(now)
      FOR UPDATE SKIP LOCKED
      """,
      SagaRow.init)
  }

  /// Of the live run. A statement of its own, after the claim: it sees what the turn before wrote.
  static func notes(_ key: SagaKey) -> Query<SagaNote> {
    Query(
      """
      SELECT t.step, t.mark FROM saga.steps AS t
      JOIN saga.sagas AS s ON s.id = t.saga_id
      WHERE s.definition = \(key.definition) AND s.subject = \(key.subject)
        AND s.state NOT IN ('done', 'undone')
      """
    ) { row in SagaNote(step: try row.next(), mark: try row.next()) }
  }

  static func note(
    _ step: String, _ mark: SagaNote.Mark, attempts: Int, _ words: String?, of saga: SagaID,
    at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO saga.steps (saga_id, step, mark, attempts, note, at)
      VALUES (\(saga), \(step), \(mark), \(attempts), \(words), \(now))
      """)
  }

  static func save(_ saga: SagaRow, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE saga.sagas
      SET state = \(saga.state), step = \(saga.step), attempts = \(saga.attempts),
          failures = \(saga.failures), due_at = \(saga.dueAt), waiting_for = \(saga.waitingFor),
          last_error = \(saga.lastError), turn_back_because = \(saga.turnBackBecause),
          refused_because = \(saga.refusedBecause), changed_at = \(now),
          finished_at = \(saga.state.isOver ? now : nil)
      WHERE id = \(saga.id)
      """)
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
