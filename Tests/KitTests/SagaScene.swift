import Core
import KitTesting
import Outbox
import Postgres
import Saga
import Synchronization

/// Sagas whose steps write what they do into a table, and do what a script tells them.
final class SagaScene: Sendable {
  let log: LogScene
  let subject: UUID
  /// What each part of a step answers next; `done` when there is nothing left to say.
  let script = Mutex<[String: [Answer]]>([:])
  /// Every call, also those whose effects were rolled back.
  let calls = Mutex<[String]>([])

  enum Answer: Sendable {
    case move(SagaMove)
    case error(any Error)
    /// A statement that Postgres refuses, noticed when it is sent.
    case badStatement
    case action(@Sendable () throws -> SagaMove)
  }

  struct Refusal: DomainError {
    var slug: String { "no_luck" }
    var kind: DomainErrorKind { .conflict }
    var message: String { "No luck." }
  }

  init() throws {
    log = try LogScene()
    subject = log.ids.uuid()
    try log.look().execute(
      "CREATE TABLE public.effects (number bigint GENERATED ALWAYS AS IDENTITY, name text)")
    try log.look().execute("GRANT SELECT, INSERT ON public.effects TO souk_scheduler")
  }

  var key: SagaKey { SagaKey(definition: "trial", subject: subject) }
  var now: Timestamp { log.clock.clock.now }

  func say(_ part: String, _ answers: Answer...) { script.withLock { $0[part] = answers } }

  func definition(
    _ steps: [String] = ["one", "two", "three"], onlyForward: Bool = false
  ) -> SagaDefinition {
    SagaDefinition(
      "trial",
      steps: steps.map { name in
        let undo: @Sendable (SagaTurn) throws -> SagaMove = { try self.play("-\(name)", $0) }
        return SagaStep(
          name, act: { try self.play(name, $0) }, undo: onlyForward ? nil : undo)
      },
      whenRefused: { turn, reason in _ = try self.play("refused: \(reason)", turn) })
  }

  private func play(_ part: String, _ turn: SagaTurn) throws -> SagaMove {
    calls.withLock { $0.append(part) }
    turn.transaction.enqueue("INSERT INTO public.effects (name) VALUES (\(part))")
    let answer = script.withLock { script in
      script[part]?.isEmpty == false ? script[part]?.removeFirst() : nil
    }
    switch answer {
    case nil: return .done
    case .move(let move): return move
    case .error(let error): throw error
    case .badStatement:
      turn.transaction.enqueue("INSERT INTO public.effects (number) VALUES (1 / 0)")
      return .done
    case .action(let action): return try action()
    }
  }

  func stepper(
    attempts: Int = 3, _ steps: [String] = ["one", "two", "three"], onlyForward: Bool = false
  ) -> SagaStepper {
    SagaStepper(
      [definition(steps, onlyForward: onlyForward)], database: log.scheduler(), ids: log.ids,
      patience: Patience(attemptsMax: attempts))
  }

  static let cues = [
    SagaCue("test.started.v1") { event in
      [.start(definition: "trial", subject: event.aggregateID, stake: nil)]
    },
    SagaCue("test.woke.v1") { event in [.wake(definition: "trial", subject: event.aggregateID)] },
    SagaCue("test.turned.v1") { event in
      [.turnBack(definition: "trial", subject: event.aggregateID, reason: "Never mind.")]
    },
  ]

  /// Writes the events and lets the sagas hear of them together. Says who may have something to do.
  @discardableResult
  func tell(_ words: String...) throws -> [SagaKey] {
    try log.writer().transaction { transaction in
      for word in words {
        Outbox.append(log.event(word, of: subject, type: "test.\(word).v1"), in: transaction)
      }
    }
    try log.place()
    let due = Mutex<[SagaKey]>([])
    let consumer = EventConsumer.sagas(Self.cues, ids: log.ids) { keys in
      due.withLock { $0 += keys }
    }
    try log.empty(ConsumerDrain(consumer, database: log.scheduler(), ids: log.ids))
    return due.withLock(\.self)
  }

  /// Lets time pass and takes turns until it is over, at most so many times.
  func settle(_ stepper: SagaStepper, turns: Int = 30, every pause: Duration = .minutes(6)) throws {
    for _ in 0..<turns {
      while try stepper.advance(key) == .moved {}
      if ["done", "undone", "stuck"].contains(try state()) { return }
      log.clock.advance(by: pause)
    }
  }

  func effects() throws -> [String] {
    try log.look().query("SELECT e.name FROM public.effects AS e ORDER BY e.number") { row in
      try row.next()
    }
  }

  func state() throws -> String? {
    try log.look().first("SELECT s.state FROM saga.sagas AS s ORDER BY s.run DESC LIMIT 1") {
      row in try row.next()
    }
  }

  func decide(_ verb: String) throws -> String? {
    try log.test.database(role: "souk_ops").first(
      """
      SELECT saga.decide(s.id, \(verb), 'usr_1', 'because', \(now))
      FROM saga.sagas AS s ORDER BY s.run DESC LIMIT 1
      """
    ) { row in try row.next() }
  }
}
