package import Core
package import Postgres

/// Gives one consumer its events. Any number of them may be at work, in any number of processes:
/// the consumer's row lets one through at a time, and what the others do in between is noticed.
package final class ConsumerDrain {
  package enum Outcome: Equatable, Sendable {
    case idle
    /// Somebody else works for this consumer.
    case busy
    /// It went on by so many positions, or events that had been put aside.
    case moved(Int)
    /// Too much is put aside: it goes on once that gets less.
    case overwhelmed
  }

  private let consumer: EventConsumer
  private let database: Database
  private let ids: IDSource
  private let patience: Patience
  private let batch: Int
  /// When it looks again at what is put aside, after it found nothing due there.
  private var nextLook = Timestamp(microseconds: 0)

  /// How far it goes on in one transaction.
  package static let batchMax = 1000
  /// More than this put aside, and something is wrong with the consumer, not with its events.
  private static let deferredMax = 10_000
  private static let dueMax = 50
  private static let lookPause = Duration.milliseconds(50)
  /// So that what handlers queue stays within what a transaction queues.
  private static let handledAtOnce = 100

  package init(
    _ consumer: EventConsumer, database: Database, ids: IDSource, patience: Patience = Patience(),
    batch: Int = batchMax
  ) throws {
    self.consumer = consumer
    self.database = database
    self.ids = ids
    self.patience = patience
    self.batch = batch
    try ConsumerStore.register(consumer.name, in: database)
  }

  /// One piece of work. Throws when the database is not to be had.
  package func step() throws -> Outcome {
    let retried = try retryDue()
    var taken: Span?
    let outcome: Outcome
    do {
      outcome = try database.transaction { transaction in
        taken = nil
        return try takeBatch(transaction) { taken = $0 }
      }
    } catch {
      guard let span = taken, !Self.isOutage(error) else { throw error }
      outcome = try takeApart(span)
    }
    guard retried > 0 else { return outcome }
    if case .moved(let count) = outcome { return .moved(count + retried) }
    return .moved(retried)
  }

  /// A piece of the log: what the consumer hears of it, and where it begins and ends.
  private struct Span {
    let from: Int
    let to: Int
    let entries: ArraySlice<ConsumerStore.Entry>
  }

  private func takeBatch(
    _ transaction: Transaction, _ note: (Span) -> Void
  ) throws -> Outcome {
    let (lease, places, entries) = try transaction.read(
      ConsumerStore.lease(consumer.name),
      ConsumerStore.place(of: consumer.name, deferredMax: Self.deferredMax),
      ConsumerStore.next(batch, of: consumer.types, for: consumer.name))
    guard !lease.isEmpty, let place = places.first else { return .busy }
    guard place.deferred < Self.deferredMax else { return .overwhelmed }
    let end = min(place.head, place.position + batch)
    guard end > place.position else { return .idle }
    // What got its position a moment after the head was read comes next time.
    let span = Span(
      from: place.position, to: end, entries: entries.prefix { $0.event.position <= end })
    note(span)
    try take(span, besides: [], in: transaction)
    return .moved(end - place.position)
  }

  private struct Aggregate: Hashable {
    let type: String
    let id: UUID

    init(_ event: LoggedEvent) {
      type = event.aggregateType
      id = event.aggregateID
    }
  }

  private func take(
    _ span: Span, besides blocked: Set<Aggregate>, in transaction: Transaction
  ) throws {
    var rest = span.entries
    while !rest.isEmpty {
      try take(rest.prefix(Self.handledAtOnce), besides: blocked, in: transaction)
      rest = rest.dropFirst(Self.handledAtOnce)
      if !rest.isEmpty { _ = try transaction.exchange([]) }
    }
    ConsumerStore.pass(consumer.name, to: span.to, in: transaction)
  }

  private func take(
    _ entries: ArraySlice<ConsumerStore.Entry>, besides blocked: Set<Aggregate>,
    in transaction: Transaction
  ) throws {
    var free: [LoggedEvent] = []
    for entry in entries {
      if entry.isBlocked || blocked.contains(Aggregate(entry.event)) {
        DeferredStore.insert(
          entry.event, for: consumer.name, attempts: 0, next: ids.clock.now, error: nil,
          in: transaction)
      } else {
        free.append(entry.event)
      }
    }
    if !free.isEmpty { try consumer.handle(free, transaction) }
  }
}

// MARK: - When something failed

extension ConsumerDrain {
  /// Halves what failed until the events that fail stand alone, and puts those aside. The others
  /// are taken in few transactions.
  private func takeApart(_ whole: Span) throws -> Outcome {
    var blocked: Set<Aggregate> = []
    var left = [whole]
    var moved = 0
    while let span = left.popLast() {
      do {
        let isOurs = try database.transaction { transaction in
          guard try stillStands(at: span.from, transaction) else { return false }
          try take(span, besides: blocked, in: transaction)
          return true
        }
        guard isOurs else { return moved > 0 ? .moved(moved) : .busy }
        moved += span.to - span.from
      } catch {
        if Self.isOutage(error) { throw error }
        guard let first = span.entries.first else { throw error }
        if span.entries.count == 1 {
          guard try putAside(first.event, span, because: error) else { return .moved(moved) }
          blocked.insert(Aggregate(first.event))
          moved += span.to - span.from
        } else {
          left += Self.halves(of: span)
        }
      }
    }
    return .moved(moved)
  }

  /// The second half first: it is a stack.
  private static func halves(of span: Span) -> [Span] {
    let middle = span.entries.startIndex + span.entries.count / 2
    let border = span.entries[middle - 1].event.position
    return [
      Span(from: border, to: span.to, entries: span.entries[middle...]),
      Span(from: span.from, to: border, entries: span.entries[..<middle]),
    ]
  }

  /// Locks the consumer. False when somebody else has it, or had it and went on.
  private func stillStands(at position: Int, _ transaction: Transaction) throws -> Bool {
    let (lease, places) = try transaction.read(
      ConsumerStore.lease(consumer.name),
      ConsumerStore.place(of: consumer.name, deferredMax: 1))
    return !lease.isEmpty && places.first?.position == position
  }

  private func putAside(
    _ event: LoggedEvent, _ span: Span, because error: any Error
  ) throws -> Bool {
    try database.transaction { transaction in
      guard try stillStands(at: span.from, transaction) else { return false }
      let now = ids.clock.now
      if isHopeless(error, attempts: 1) {
        DeferredStore.bury(
          event, of: consumer.name, attempts: 1, error: "\(error)", at: now, in: transaction)
      } else {
        DeferredStore.insert(
          event, for: consumer.name, attempts: 1,
          next: now + patience.pause(after: 1, ids.randomness), error: "\(error)",
          in: transaction)
      }
      ConsumerStore.pass(consumer.name, to: span.to, in: transaction)
      return true
    }
  }

  private func isHopeless(_ error: any Error, attempts: Int) -> Bool {
    error is HopelessEvent || attempts >= patience.attemptsMax
  }

  /// Nothing is wrong with the event: nobody could have taken it now.
  private static func isOutage(_ error: any Error) -> Bool {
    guard let error = error as? PostgresError else { return false }
    return error.isUnavailable || error.code == .readOnly
  }

  /// Returns how many of those put aside have been dealt with.
  private func retryDue() throws -> Int {
    let now = ids.clock.now
    guard now >= nextLook else { return 0 }
    let due = try database.read(
      DeferredStore.due(for: consumer.name, at: now, limit: Self.dueMax))
    if due.isEmpty { nextLook = now + Self.lookPause }
    var settled = 0
    for position in due where try retry(position) { settled += 1 }
    return settled
  }

  /// False when it has to wait again, or somebody else has it.
  private func retry(_ position: Int) throws -> Bool {
    var tried: (event: LoggedEvent, attempts: Int)?
    do {
      return try database.transaction { transaction in
        tried = nil
        guard let found = try lockDeferred(position, transaction) else { return false }
        tried = found
        try consumer.handle([found.event], transaction)
        DeferredStore.delete(position, of: consumer.name, in: transaction)
        return true
      }
    } catch {
      guard let tried, !Self.isOutage(error) else { throw error }
      return try noteFailure(tried.event, attempts: tried.attempts + 1, error)
    }
  }

  /// True when it was given up.
  private func noteFailure(
    _ event: LoggedEvent, attempts: Int, _ error: any Error
  ) throws -> Bool {
    try database.transaction { transaction in
      guard let found = try lockDeferred(event.position, transaction),
        found.attempts == attempts - 1
      else { return false }
      let now = ids.clock.now
      guard isHopeless(error, attempts: attempts) else {
        DeferredStore.postpone(
          event.position, of: consumer.name, attempts: attempts,
          next: now + patience.pause(after: attempts, ids.randomness), error: "\(error)",
          in: transaction)
        return false
      }
      DeferredStore.bury(
        event, of: consumer.name, attempts: attempts, error: "\(error)", at: now, in: transaction)
      DeferredStore.delete(event.position, of: consumer.name, in: transaction)
      return true
    }
  }

  private func lockDeferred(
    _ position: Int, _ transaction: Transaction
  ) throws -> (event: LoggedEvent, attempts: Int)? {
    let (lease, found) = try transaction.read(
      ConsumerStore.lease(consumer.name), DeferredStore.lock(position, of: consumer.name))
    return lease.isEmpty ? nil : found.first
  }
}
