package import Core
package import Outbox
package import Postgres

package enum SagaKind: IDKind {
  package static let prefix = "sag"
}

package typealias SagaID = ID<SagaKind>

/// One run of a saga for one subject, as its steps see it.
package struct SagaRecord: Equatable, Sendable {
  package let id: SagaID
  package let definition: String
  /// What it is about, such as an order.
  package let subject: UUID
  /// How often the present step was tried before.
  package let attempt: Int
  package let startedAt: Timestamp
  /// The trace of the request that started it.
  package let trace: String?

  package init(
    id: SagaID, definition: String, subject: UUID, attempt: Int = 0, startedAt: Timestamp,
    trace: String? = nil
  ) {
    self.id = id
    self.definition = definition
    self.subject = subject
    self.attempt = attempt
    self.startedAt = startedAt
    self.trace = trace
  }
}

/// What a step gets to do its work with.
package struct SagaTurn {
  package let saga: SagaRecord
  package let transaction: Transaction
  package let ids: IDSource
  package let now: Timestamp
  package let memory: TurnMemory

  package init(
    saga: SagaRecord, transaction: Transaction, ids: IDSource, now: Timestamp,
    memory: TurnMemory = TurnMemory()
  ) {
    self.saga = saga
    self.transaction = transaction
    self.ids = ids
    self.now = now
    self.memory = memory
  }
}

/// What the steps of one transaction have read and locked: the next of them need not read it again.
/// Whoever changes such a thing sets or forgets it.
package final class TurnMemory {
  private var things: [ObjectIdentifier: Any] = [:]

  package init() {}

  package subscript<Thing>(_ type: Thing.Type) -> Thing? {
    get { things[ObjectIdentifier(type)] as? Thing }
    set { things[ObjectIdentifier(type)] = newValue }
  }
}

/// What a step says when it is asked.
package enum SagaMove: Equatable, Sendable {
  case done
  /// In words that people read. Asked again at that time, or earlier when woken.
  case wait(for: String, until: Timestamp)
  /// Undo, in reverse, what was really done.
  case refuse(reason: String)
}

/// One step: a local transaction. What it writes commits together with the note that it was done,
/// so it takes effect once. It makes no outside call: those belong to a job.
///
/// An error that is a `DomainError` refuses; any other is tried again later.
package struct SagaStep: Sendable {
  package let name: String
  package let act: @Sendable (SagaTurn) throws -> SagaMove
  /// Nil where there is nothing to undo. One that refuses leaves the saga to an operator.
  package let undo: (@Sendable (SagaTurn) throws -> SagaMove)?

  package init(
    _ name: String, act: @escaping @Sendable (SagaTurn) throws -> SagaMove,
    undo: (@Sendable (SagaTurn) throws -> SagaMove)? = nil
  ) {
    self.name = name
    self.act = act
    self.undo = undo
  }
}

package struct SagaDefinition: Sendable {
  package let name: String
  package let steps: [SagaStep]
  /// Reads and locks beforehand, for sagas that begin in one transaction, what their steps would
  /// read and lock one after the other, and leaves it in the memory of each. It answers with the
  /// turns in the order in which they are taken. What it locks, it locks in the order in which the
  /// steps do: without it, sagas never share a transaction. None that shares one is undone in it.
  package let gather: (@Sendable ([SagaTurn]) throws -> [SagaTurn])?
  /// Runs in the transaction that turns the saga round, before anything is undone.
  package let whenRefused: @Sendable (SagaTurn, String) throws -> Void

  /// Nothing of it can be undone: what goes wrong waits for an operator.
  package var onlyGoesForward: Bool { steps.allSatisfy { $0.undo == nil } }

  package init(
    _ name: String, steps: [SagaStep],
    gather: (@Sendable ([SagaTurn]) throws -> [SagaTurn])? = nil,
    whenRefused: @escaping @Sendable (SagaTurn, String) throws -> Void = { _, _ in }
  ) {
    self.name = name
    self.steps = steps
    self.gather = gather
    self.whenRefused = whenRefused
  }
}

/// What an event means to sagas.
package enum SagaSignal: Equatable, Sendable {
  /// No effect while one is live for that subject; a finished one may be followed by another run.
  case start(definition: String, subject: UUID, stake: Money?)
  case wake(definition: String, subject: UUID)
  /// Undo from wherever it is, also when it was done.
  case turnBack(definition: String, subject: UUID, reason: String)
}

/// One type of event that sagas hear of. An event that cannot be read throws `HopelessEvent`.
package struct SagaCue: Sendable {
  package let eventType: String
  package let signals: @Sendable (LoggedEvent) throws -> [SagaSignal]

  package init(
    _ eventType: String, _ signals: @escaping @Sendable (LoggedEvent) throws -> [SagaSignal]
  ) {
    self.eventType = eventType
    self.signals = signals
  }
}
