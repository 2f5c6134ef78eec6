internal import Core
internal import Postgres

/// One turn of one saga, inside the transaction that holds its row.
struct SagaAdvance {
  private let definition: SagaDefinition
  private let mishaps: Mishaps
  private let transaction: Transaction
  private let ids: IDSource
  private let patience: Patience
  private let now: Timestamp
  private var saga: SagaRow
  private var marks: [String: Set<SagaNote.Mark>] = [:]
  private let memory = TurnMemory()
  /// Of this turn, not written yet.
  private var notes: [SagaNote] = []

  /// So that a step that names a time gone by does not keep a stepper busy.
  private static let shortestWait = Duration.milliseconds(50)
  /// How long a saga waits that needs an operator, before it tries by itself again.
  private static let stuckPause = Duration.hours(1)

  init(
    _ definition: SagaDefinition, _ saga: SagaRow, _ notes: [SagaNote],
    mishaps: Mishaps = Mishaps(),
    transaction: Transaction, ids: IDSource, patience: Patience
  ) {
    self.definition = definition
    self.saga = saga
    self.mishaps = mishaps
    self.transaction = transaction
    self.ids = ids
    self.patience = patience
    now = ids.clock.now
    for note in notes { marks[note.step, default: []].insert(note.mark) }
  }

  var key: SagaKey { saga.key }
  var id: SagaID { saga.id }

  var hasTurnedRound: Bool { saga.refusedBecause != nil }

  /// Nothing of it has been done yet.
  var isBeginning: Bool {
    saga.state == .running && saga.turnBackBecause == nil && marks.isEmpty
  }

  /// What a step of it gets.
  var turn: SagaTurn {
    SagaTurn(
      saga: SagaRecord(
        id: saga.id, definition: saga.key.definition, subject: saga.key.subject,
        attempt: saga.attempts, startedAt: saga.startedAt, trace: saga.trace),
      transaction: transaction, ids: ids, now: now, memory: memory)
  }

  mutating func run() throws {
    saga.waitingFor = nil
    if definition.onlyGoesForward { saga.turnBackBecause = nil }
    if !hasTurnedRound {
      if let reason = saga.turnBackBecause { try turnRound(reason) } else { try act() }
    }
    if saga.state == .undoing || (saga.state == .stuck && hasTurnedRound) { try undo() }
    for note in notes { transaction.late(WrittenNote(saga: saga.id, note: note, at: now)) }
    transaction.late(WrittenSaga(row: saga, at: now))
  }

  private mutating func act() throws {
    for step in definition.steps where marks[step.name]?.contains(.done) != true {
      face(step.name)
      switch try ask(.act(step.name), step.act) {
      case .success(.done): note(step.name, .done)
      case .success(.wait(let words, let until)):
        if marks[step.name]?.contains(.begun) != true { note(step.name, .begun, words) }
        return wait(words, until, as: .waiting)
      case .success(.refuse(let reason)): return try refuse(reason)
      case .failure(let error as any DomainError):
        return try refuse(error.message, error.slug)
      case .failure(let error):
        saga.lastError = "\(error)"
        guard saga.failures + 1 >= patience.attemptsMax else { return tryLater(as: .running) }
        return try refuse("It failed \(saga.failures + 1) times.", saga.lastError)
      }
    }
    end(as: .done)
  }

  private mutating func refuse(_ reason: String, _ error: String? = nil) throws {
    if definition.onlyGoesForward {
      saga.lastError = error ?? reason
      return beStuck()
    }
    if let error { saga.lastError = error }
    try turnRound(reason)
  }

  /// From here on it goes back. When that cannot even be said, it is tried again later, in the
  /// end by an operator's word alone.
  private mutating func turnRound(_ reason: String) throws {
    let answer = try ask(.turn) { turn in
      try definition.whenRefused(turn, reason)
      return .done
    }
    if case .failure(let error) = answer {
      saga.turnBackBecause = reason
      saga.lastError = "\(error)"
      return tryLater(as: .running)
    }
    saga.refusedBecause = reason
    saga.turnBackBecause = nil
    saga.state = .undoing
    face(nil)
  }

  private mutating func undo() throws {
    for step in definition.steps.reversed() {
      let marks = marks[step.name] ?? []
      guard !marks.isEmpty, !marks.contains(.undone) else { continue }
      guard let undo = step.undo else { continue }
      face(step.name)
      switch try ask(.undo(step.name), undo) {
      case .success(.done): note(step.name, .undone)
      case .success(.wait(let words, let until)): return wait(words, until, as: .undoing)
      case .success(.refuse(let reason)):
        saga.lastError = reason
        return beStuck()
      case .failure(let error):
        saga.lastError = "\(error)"
        if saga.failures + 1 >= patience.attemptsMax { return beStuck() }
        return tryLater(as: .undoing)
      }
    }
    end(as: .undone)
  }

  /// Runs a part of a step, or says how it went wrong before.
  private func ask(
    _ part: StepPart, _ body: (SagaTurn) throws -> SagaMove
  ) throws -> Result<SagaMove, any Error> {
    if let known = mishaps.errors[part] { return .failure(known) }
    do {
      let move = try body(turn)
      if mishaps.areLookedForClosely { _ = try transaction.exchange([]) }
      return .success(move)
    } catch {
      // A statement's error may be that of one queued by the step before.
      if error is PostgresError, !mishaps.areLookedForClosely { throw error }
      if SagaStepper.isOutage(error) { throw error }
      throw StepFailure(part: part, error: error)
    }
  }

  /// The counts are those of the present step.
  private mutating func face(_ step: String?) {
    guard saga.step != step else { return }
    saga.step = step
    saga.attempts = 0
    saga.failures = 0
  }

  private mutating func note(_ step: String, _ mark: SagaNote.Mark, _ words: String? = nil) {
    notes.append(SagaNote(step: step, mark: mark, attempts: saga.attempts + 1, words: words))
    marks[step, default: []].insert(mark)
    if mark != .begun { saga.lastError = nil }
  }

  private mutating func wait(_ words: String, _ until: Timestamp, as state: SagaState) {
    saga.state = state
    saga.waitingFor = words
    saga.attempts += 1
    saga.failures = 0
    saga.dueAt = max(until, now + Self.shortestWait)
  }

  private mutating func tryLater(as state: SagaState) {
    saga.state = state
    saga.attempts += 1
    saga.failures += 1
    saga.dueAt = now + patience.pause(after: saga.failures, ids.randomness)
  }

  private mutating func beStuck() {
    saga.state = .stuck
    saga.attempts += 1
    saga.failures += 1
    saga.dueAt = now + Self.stuckPause
  }

  private mutating func end(as state: SagaState) {
    saga.state = state
    saga.dueAt = nil
    face(nil)
  }
}
