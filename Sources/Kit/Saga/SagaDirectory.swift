package import Core
package import JSON
package import Postgres

/// A saga as operators see it.
package struct SagaSummary: Encodable, Sendable {
  package let id: SagaID
  package let definition: String
  /// What it is about, such as an order, without the kind.
  package let subject: String
  package let run: Int
  package let state: SagaState
  @ExplicitNull package var step: String?
  package let attempts: Int
  package let failures: Int
  @ExplicitNull package var dueAt: Timestamp?
  @ExplicitNull package var waitingFor: String?
  @ExplicitNull package var lastError: String?
  @ExplicitNull package var refusedBecause: String?
  /// The money at risk: none once it is over.
  @ExplicitNull package var stake: Money?
  package let startedAt: Timestamp
  package let changedAt: Timestamp
  @ExplicitNull package var finishedAt: Timestamp?

  static let columns: SQL = """
    s.id, s.definition, s.subject, s.run, s.state, s.step, s.attempts, s.failures, s.due_at,
    s.waiting_for, s.last_error, s.refused_because, s.stake_amount, s.stake_currency, s.started_at,
    s.changed_at, s.finished_at
    """

  init(_ row: inout Row) throws {
    id = try row.next()
    definition = try row.next()
    subject = (try row.next() as UUID).description
    run = try row.next()
    state = try row.next()
    _step = ExplicitNull(wrappedValue: try row.next())
    attempts = try row.next()
    failures = try row.next()
    _dueAt = ExplicitNull(wrappedValue: try row.next())
    _waitingFor = ExplicitNull(wrappedValue: try row.next())
    _lastError = ExplicitNull(wrappedValue: try row.next())
    _refusedBecause = ExplicitNull(wrappedValue: try row.next())
    let amount: Int? = try row.next()
    let currency: Currency? = try row.next()
    let stake = amount.flatMap { amount in currency.map { Money(amount, $0) } }
    _stake = ExplicitNull(wrappedValue: state.isOver ? nil : stake)
    startedAt = try row.next()
    changedAt = try row.next()
    _finishedAt = ExplicitNull(wrappedValue: try row.next())
  }
}

/// One saga with all that happened to it.
package struct SagaHistory: Encodable, Sendable {
  package let saga: SagaSummary
  package let steps: [Step]
  package let decisions: [Decision]

  package struct Step: Encodable, Sendable {
    package let step: String
    package let mark: String
    package let attempts: Int
    @ExplicitNull package var note: String?
    package let at: Timestamp
  }

  package struct Decision: Encodable, Sendable {
    package let verb: String
    @ExplicitNull package var step: String?
    package let by: String
    package let reason: String
    package let at: Timestamp
  }
}

package enum SagaDirectory {
  /// The newest first. One more than `limit`, so that the caller sees whether there are others.
  package static func list(
    state: SagaState?, definition: String?, before id: SagaID?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (sagas: [SagaSummary], total: Int) {
    let isMeant: SQL = "true \(isState(state)) \(isDefinition(definition))"
    let isBefore: SQL = if let id { "AND s.id < \(id)" } else { "" }
    let (sagas, totals) = try database.read(
      Query(
        """
        SELECT \(SagaSummary.columns) FROM saga.sagas AS s WHERE \(isMeant) \(isBefore)
        ORDER BY s.id DESC LIMIT \(limit + 1) OFFSET \(offset)
        """,
        SagaSummary.init),
      Query.reachable("SELECT 1 FROM saga.sagas AS s WHERE \(isMeant)"))
    return (sagas, totals.first ?? 0)
  }

  // Conditions of their own where they are wanted: the index can begin there.

  private static func isState(_ state: SagaState?) -> SQL {
    if let state { "AND s.state = \(state)" } else { "" }
  }

  private static func isDefinition(_ definition: String?) -> SQL {
    if let definition { "AND s.definition = \(definition)" } else { "" }
  }

  /// Nil when there is no such saga.
  package static func history(of id: SagaID, in database: some Querying) throws -> SagaHistory? {
    let (sagas, steps, decisions) = try database.read(
      Query(
        "SELECT \(SagaSummary.columns) FROM saga.sagas AS s WHERE s.id = \(id)", SagaSummary.init),
      Query(
        """
        SELECT t.step, t.mark, t.attempts, t.note, t.at FROM saga.steps AS t
        WHERE t.saga_id = \(id) ORDER BY t.at, t.mark, t.step
        """
      ) { row in
        SagaHistory.Step(
          step: try row.next(), mark: try row.next(), attempts: try row.next(),
          note: try row.next(), at: try row.next())
      },
      Query(
        """
        SELECT d.verb, d.step, d.decided_by, d.because, d.decided_at FROM saga.decisions AS d
        WHERE d.saga_id = \(id) ORDER BY d.number
        """
      ) { row in
        SagaHistory.Decision(
          verb: try row.next(), step: try row.next(), by: try row.next(), reason: try row.next(),
          at: try row.next())
      })
    return sagas.first.map { SagaHistory(saga: $0, steps: steps, decisions: decisions) }
  }

  /// How many there are in each state that is not the end, each counted up to 10,000.
  package static func counts() -> Query<(state: SagaState, count: Int)> {
    Query(
      """
      SELECT w.state, (
        SELECT count(*) FROM (
          SELECT 1 FROM saga.sagas AS s WHERE s.state = w.state LIMIT 10000) AS x)
      FROM (VALUES ('running'), ('waiting'), ('undoing'), ('stuck')) AS w (state)
      """
    ) { row in (try row.next(), try row.next()) }
  }
}

/// What an operator can decide.
package enum SagaVerb: String, CaseIterable, Sendable, Bindable {
  /// Try the present step again now, with a fresh count of failures.
  case retry
  /// Undo what was done.
  case compensate
  /// Go on as if the present step had been done, or undone.
  case skip
}

package enum SagaDecision {
  package enum Outcome: String, Sendable, Column {
    case ok, unknown
    /// Nothing is left that this could be decided about.
    case over
    /// It cannot be undone.
    case forward
  }

  /// Recorded together with who decided it and why.
  package static func make(
    _ verb: SagaVerb, about saga: SagaID, by: String, because reason: String, at now: Timestamp,
    in transaction: Transaction
  ) throws -> Outcome {
    try transaction.first(
      "SELECT saga.decide(\(saga), \(verb), \(by), \(reason), \(now))"
    ) { row in try row.next() } ?? .unknown
  }
}
