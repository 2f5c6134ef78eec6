package import Core
package import Postgres

/// An event with its final place: positions have no gaps and follow the order of commits.
package struct LoggedEvent: Equatable, Sendable {
  package let position: Int
  package let id: UUID
  package let type: String
  package let aggregateType: String
  package let aggregateID: UUID
  package let occurredAt: Timestamp
  /// A JSON object in UTF-8.
  package let payload: [UInt8]
  package let traceParent: String?

  package init(
    position: Int, id: UUID, type: String, aggregateType: String, aggregateID: UUID,
    occurredAt: Timestamp, payload: [UInt8], traceParent: String? = nil
  ) {
    self.position = position
    self.id = id
    self.type = type
    self.aggregateType = aggregateType
    self.aggregateID = aggregateID
    self.occurredAt = occurredAt
    self.payload = payload
    self.traceParent = traceParent
  }
}

/// Somebody who hears of events, in the order of their positions. What `handle` writes commits
/// with the consumer's place in the log: exactly once. It may run again after a rollback, and with
/// fewer events at a time, so it does nothing but write to the transaction.
package struct EventConsumer: Sendable {
  /// Names its place in the log for good: `sagas`, `notifications`.
  package let name: String
  package let types: Set<String>
  package let handle: @Sendable ([LoggedEvent], Transaction) throws -> Void
  /// How long it rests after it has heard of something, where nobody waits for what it does: what
  /// comes meanwhile goes together.
  package let rest: Duration

  private init(
    _ name: String, _ types: Set<String>, _ rest: Duration,
    _ handle: @escaping @Sendable ([LoggedEvent], Transaction) throws -> Void
  ) {
    self.name = name
    self.types = types
    self.rest = rest
    self.handle = handle
  }

  /// Hears of one event after the other.
  package init(
    name: String, types: Set<String>, rest: Duration = .zero,
    handle: @escaping @Sendable (LoggedEvent, Transaction) throws -> Void
  ) {
    self.init(name, types, rest) { events, transaction in
      for event in events { try handle(event, transaction) }
    }
  }

  /// Hears of as many events at once as there are, up to some hundred.
  package static func ofMany(
    name: String, types: Set<String>, rest: Duration = .zero,
    handle: @escaping @Sendable ([LoggedEvent], Transaction) throws -> Void
  ) -> EventConsumer {
    EventConsumer(name, types, rest, handle)
  }
}

/// Thrown by a consumer for an event that no repetition will make good: it becomes a dead letter
/// at once.
package struct HopelessEvent: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
