import Core
import KitTesting
import Outbox
import Postgres
import Saga
import Synchronization
import Testing

/// Sagas that begin together.
@Suite struct SagaCompanyTests {
  private let log: LogScene
  private let database: Database
  private let subjects: [UUID]

  struct Flop: Error {}

  /// One of them, in the order of their beginning, does not do as the others do.
  enum Trouble: CaseIterable {
    case refuses, throwsOnce, waits, breaksAStatement
  }

  init() throws {
    log = try LogScene()
    database = log.scheduler()
    subjects = (0..<3).map { [log] _ in log.ids.uuid() }
    try log.look().execute("CREATE TABLE public.effects (subject uuid, name text, number int)")
    try log.look().execute("GRANT SELECT, INSERT ON public.effects TO souk_scheduler")
    try start(subjects)
  }

  private var keys: [SagaKey] { subjects.map { SagaKey(definition: "trial", subject: $0) } }

  private func start(_ subjects: [UUID]) throws {
    try log.writer().transaction { transaction in
      for subject in subjects {
        Outbox.append(log.event("x", of: subject, type: "test.started.v1"), in: transaction)
      }
    }
    try log.place()
    let consumer = EventConsumer.sagas(SagaScene.cues, ids: log.ids) { _ in }
    try log.empty(ConsumerDrain(consumer, database: log.scheduler(), ids: log.ids))
  }

  private struct Effect: LateRow {
    let subject: UUID
    let name: String

    static func statements(_ rows: [Effect]) -> [SQL] {
      [
        """
        INSERT INTO public.effects (subject, name)
        SELECT n.subject, n.name
        FROM unnest(\(rows.map(\.subject)), \(rows.map(\.name))::text[]) AS n (subject, name)
        """
      ]
    }
  }

  private func stepper(
    together: Bool = true, _ one: @escaping @Sendable (SagaTurn) throws -> SagaMove = { _ in .done }
  ) -> SagaStepper {
    @Sendable func note(_ turn: SagaTurn, _ name: String) {
      turn.transaction.late(Effect(subject: turn.saga.subject, name: name))
    }
    return SagaStepper(
      [
        SagaDefinition(
          "trial",
          steps: [
            SagaStep(
              "zero",
              act: { turn in
                note(turn, "zero")
                return .done
              },
              undo: { turn in
                note(turn, "-zero")
                return .done
              }),
            SagaStep(
              "one",
              act: { turn in
                note(turn, "one")
                return try one(turn)
              }),
          ], gather: together ? { @Sendable turns in turns.reversed() } : nil)
      ], database: database, ids: log.ids)
  }

  private func commits(_ work: () throws -> Void) rethrows -> Int {
    let count = Mutex(0)
    database.onStatement = { if $0 == "COMMIT" { count.withLock { $0 += 1 } } }
    defer { database.onStatement = nil }
    try work()
    return count.withLock(\.self)
  }

  private func effects(_ subject: UUID) throws -> [String] {
    try log.look().query("SELECT e.name FROM public.effects AS e WHERE e.subject = \(subject)") {
      row in try row.next()
    }
  }

  private func states() throws -> [String] {
    try log.look().query(
      """
      SELECT s.state FROM unnest(\(subjects)) WITH ORDINALITY AS n (subject, place)
      JOIN saga.sagas AS s ON s.subject = n.subject ORDER BY n.place
      """
    ) { row in try row.next() }
  }

  @Test(arguments: [true, false]) func whoBeginsSharesATransaction(_ together: Bool) throws {
    let stepper = stepper(together: together)
    let commits = try commits { _ = try stepper.advance(keys) }
    // Without company: the one that asks, and one for each.
    #expect(commits == (together ? 1 : 4))
    #expect(try states() == ["done", "done", "done"])
    for subject in subjects { #expect(try effects(subject) == ["zero", "one"]) }
    #expect(try stepper.advance(keys) == .nothing)
  }

  @Test(arguments: Trouble.allCases) func oneInTroubleIsAloneInIt(_ trouble: Trouble) throws {
    let unlucky = subjects[1]
    let hasFlopped = Atomic(false)
    let later = log.clock.clock.now + .hours(1)
    let stepper = stepper { turn in
      guard turn.saga.subject == unlucky else { return .done }
      switch trouble {
      case .refuses: throw SagaScene.Refusal()
      case .throwsOnce where !hasFlopped.exchange(true, ordering: .relaxed): throw Flop()
      case .waits: return .wait(for: "rain", until: later)
      case .breaksAStatement:
        turn.transaction.enqueue("INSERT INTO public.effects (number) VALUES (1 / 0)")
        return .done
      default: return .done
      }
    }
    #expect(try stepper.advance(keys) == .moved)
    let (state, done): (String, [String]) =
      switch trouble {
      case .refuses: ("undone", ["zero", "-zero"])
      case .throwsOnce: ("done", ["zero", "one"])
      case .waits: ("waiting", ["zero", "one"])
      case .breaksAStatement: ("running", ["zero"])
      }
    #expect(try states() == ["done", state, "done"])
    #expect(try effects(unlucky) == done)
    for subject in [subjects[0], subjects[2]] {
      #expect(try effects(subject) == ["zero", "one"])
    }
  }

  /// What cannot be gathered for is not lost: it goes alone.
  @Test func whoIsLeftOutGoesAlone() throws {
    let stepper = SagaStepper(
      [SagaDefinition("trial", steps: [], gather: { Array($0.prefix(1)) })], database: database,
      ids: log.ids)
    let commits = try commits { _ = try stepper.advance(keys) }
    #expect(commits == 3)
    #expect(try states() == ["done", "done", "done"])
  }
}
