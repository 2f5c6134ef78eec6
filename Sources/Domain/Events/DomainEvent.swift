package import Core
internal import JSON
internal import Outbox
package import Postgres

/// Something that happened and that others may need to know. The type's version is part of its
/// name: a payload that changes incompatibly gets a new one.
package protocol DomainEvent: Encodable {
  static var type: String { get }
  static var aggregateType: String { get }
  var aggregateID: UUID { get }
}

extension DomainEvent {
  /// Puts the event into the outbox of the open transaction: it is heard of when, and only when,
  /// the change commits.
  package func append(
    to transaction: Transaction, ids: IDSource, at time: Timestamp, trace: String?
  ) throws {
    let payload = try JSONOutput.encode(self)
    Outbox.append(
      OutboxEvent(
        id: ids.uuid(), type: Self.type, aggregateType: Self.aggregateType,
        aggregateID: aggregateID, occurredAt: time, payload: payload, traceParent: trace),
      in: transaction)
  }
}
