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

  /// One turn of each: as many steps as go in one transaction, until it waits or is over. Throws
  /// when the database is not to be had.
  ///
  /// Sagas that begin go together, if they can: what many write to one table is one statement. When
  /// anything goes wrong there, each goes by itself.
  @discardableResult
  package func advance(_ keys: [SagaKey]) throws -> Outcome {
    var (hasMoved, rest) = (false, keys)
    if keys.count > 1 {
      do { (hasMoved, rest) = try advanceTogether(keys) } catch {
        guard !Self.isOutage(error) else { throw error }
      }
    }
    // One that cannot go on must not hold up those that came with it.
    var trouble: (any Error)?
    for key in rest {
      do {
        if try advance(key) == .moved { hasMoved = true }
      } catch {
        guard !Self.isOutage(error) else { throw error }
        trouble = error
      }
    }
    if let trouble { throw trouble }
    return hasMoved ? .moved : .nothing
  }

  /// Says whether it did anything, and which are still to go.
  private func advanceTogether(
    _ keys: [SagaKey]
  ) throws -> (hasMoved: Bool, rest: [SagaKey]) {
    try database.transaction { transaction in
      let claimed = try claim(keys, Mishaps(), in: transaction)
      let turns = try gather(claimed)
      for var turn in turns {
        try turn.run()
        // What it gives back, the others would not know of.
        guard !turn.hasTurnedRound else { throw TurnedRound() }
      }
      let done = Set(turns.map(\.key))
      return (!done.isEmpty, claimed.map(\.key).filter { !done.contains($0) })
    }
  }

  /// Those that begin, as far as they can go together, in their order.
  private func gather(_ turns: [SagaAdvance]) throws -> [SagaAdvance] {
    try Dictionary(grouping: turns.filter(\.isBeginning), by: \.key.definition).flatMap {
      name, turns in
      let known = Dictionary(uniqueKeysWithValues: turns.map { ($0.id, $0) })
      let order = try definitions[name]?.gather?(turns.map(\.turn)) ?? []
      return order.compactMap { known[$0.saga.id] }
    }
  }

  private func claim(
    _ keys: [SagaKey], _ mishaps: Mishaps, in transaction: Transaction
  ) throws -> [SagaAdvance] {
    let (rows, notes) = try transaction.read(
      SagaStore.claim(keys, at: ids.clock.now), SagaStore.notes(keys))
    let known = Dictionary(grouping: notes, by: \.saga)
    return rows.compactMap { row in
      definitions[row.key.definition].map { definition in
        SagaAdvance(
          definition, row, (known[row.id] ?? []).map(\.note), mishaps: mishaps,
          transaction: transaction, ids: ids, patience: patience)
      }
    }
  }

  /// A step that fails takes the transaction with it. The steps before it are then done again and
  /// committed without it, together with the note that it failed.
  package func advance(_ key: SagaKey) throws -> Outcome {
    var mishaps = Mishaps()
    while true {
      do {
        return try database.transaction { transaction in
          let claimed = try claim([key], mishaps, in: transaction)
          guard var turn = claimed.first else { return .nothing }
          if mishaps.isEmpty { _ = try gather(claimed) }
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

/// One that began with others has to be undone: then each goes by itself.
private struct TurnedRound: Error {}

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

  var isEmpty: Bool { errors.isEmpty && !areLookedForClosely }

  /// False when that is known, so that going again would bring nothing.
  mutating func add(_ failure: StepFailure) -> Bool {
    errors.updateValue(failure.error, forKey: failure.part) == nil
  }
}
