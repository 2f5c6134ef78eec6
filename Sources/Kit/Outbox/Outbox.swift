package import Core
package import Postgres

/// Something that happened and that others must hear of.
package struct OutboxEvent: Equatable, Sendable {
  package let id: UUID
  /// What happened, and the version of the payload: `order.placed.v1`.
  package let type: String
  package let aggregateType: String
  package let aggregateID: UUID
  package let occurredAt: Timestamp
  /// A JSON object in UTF-8.
  package let payload: [UInt8]
  /// The trace the event continues, as in the W3C header of that name.
  package let traceParent: String?

  package init(
    id: UUID, type: String, aggregateType: String, aggregateID: UUID, occurredAt: Timestamp,
    payload: [UInt8], traceParent: String? = nil
  ) {
    self.id = id
    self.type = type
    self.aggregateType = aggregateType
    self.aggregateID = aggregateID
    self.occurredAt = occurredAt
    self.payload = payload
    self.traceParent = traceParent
  }
}

package enum Outbox {
  /// Puts the event into the transaction that makes it true: both commit, or neither. It costs no
  /// round trip; an event the table does not take fails the COMMIT.
  package static func append(_ event: OutboxEvent, in transaction: Transaction) {
    transaction.hasNews = true
    transaction.late(News(event: event))
  }
}

/// All events of one transaction go in one statement and in their order.
private struct News: LateRow {
  let event: OutboxEvent

  static let waitsForCommit = true

  static func statements(_ rows: [News]) -> [SQL] {
    let events = rows.map(\.event)
    return [
      """
      INSERT INTO outbox.events (
        id, type, aggregate_type, aggregate_id, occurred_at, payload, trace_parent)
      SELECT n.id, n.type, n.aggregate_type, n.aggregate_id, n.occurred_at, n.payload::jsonb,
             n.trace_parent
      FROM unnest(
        \(events.map(\.id)), \(events.map(\.type))::text[], \(events.map(\.aggregateType))::text[],
        \(events.map(\.aggregateID)), \(events.map(\.occurredAt)),
        \(events.map { String(decoding: $0.payload, as: UTF8.self) })::text[],
        \(events.map(\.traceParent))::text[]
      ) WITH ORDINALITY AS n (
        id, type, aggregate_type, aggregate_id, occurred_at, payload, trace_parent, place)
      ORDER BY n.place
      """
    ]
  }
}
