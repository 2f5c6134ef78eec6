package import Core
package import Postgres

/// Takes sagas as far as they go, each turn in one transaction. Any number of steppers may be at
/// work, in any number of processes: a saga's row is locked while somebody works on it.
package final class SagaStepper {
  package enum Outcome: Equatable, Sendable {
    /// It is over, not due, or in somebody else's hands.
    case nothing
    case moved
  }

  private let definitions: [String: SagaDefinition]
  private let database: Database
  private let ids: IDSource
  private let patience: Patience

  package init(
    _ definitions: [SagaDefinition], database: Database, ids: IDSource,
    patience: Patience = Patience(longest: .minutes(5))
  ) {
    self.definitions = Dictionary(
      definitions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.database = database
    self.ids = ids
    self.patience = patience
  }

  /// What is due now, at most `limit`, from `since` on.
  package func due(since: Timestamp, limit: Int) throws -> [(key: SagaKey, at: Timestamp)] {
    let names = definitions.keys.sorted()
    return try database.read(
      SagaStore.due(names, since: since, at: ids.clock.now, limit: limit)
    ).map { ($0.key, $0.at) }
  }

  /// When something becomes due next, as things stand.
  package func nextDue() throws -> Timestamp? {
    try database.read(SagaStore.nextDue(after: ids.clock.now)).first
  }

  /// One turn: as many steps as go in one transaction, until it waits or is over. Throws when the
  /// database is not to be had.
  ///
  /// A step that fails takes the transaction with it. The steps before it are then done again and
  /// committed without it, together with the note that it failed.
  package func advance(_ key: SagaKey) throws -> Outcome {
    guard let definition = definitions[key.definition] else { return .nothing }
    var mishaps = Mishaps()
    while true {
      do {
        return try database.transaction { transaction in
          let (rows, notes) = try transaction.read(
            SagaStore.claim(key, at: ids.clock.now), SagaStore.notes(key))
          guard let row = rows.first else { return .nothing }
          var turn = SagaAdvance(
            definition, key, row, notes, mishaps: mishaps, transaction: transaction, ids: ids,
            patience: patience)
          try turn.run()
          return .moved
        }
      } catch let failure as StepFailure {
        guard mishaps.add(failure) else { throw failure.error }
      } catch {
        // What a step has queued may fail later than the step: go again and look closely.
        guard !Self.isOutage(error), !mishaps.areLookedForClosely else { throw error }
        mishaps.areLookedForClosely = true
      }
    }
  }

  static func isOutage(_ error: any Error) -> Bool {
    guard let error = error as? PostgresError else { return false }
    return error.isUnavailable || error.code == .readOnly
  }
}

/// Which part of which step.
enum StepPart: Hashable {
  case act(String)
  case turn
  case undo(String)
}

struct StepFailure: Error {
  let part: StepPart
  let error: any Error
}

/// What went wrong in this turn so far.
struct Mishaps {
  private(set) var errors: [StepPart: any Error] = [:]
  /// Every step is to be finished before the next begins, so that its errors are its own.
  var areLookedForClosely = false

  /// False when that is known, so that going again would bring nothing.
  mutating func add(_ failure: StepFailure) -> Bool {
    errors.updateValue(failure.error, forKey: failure.part) == nil
  }
}
