package import Core
package import JSON
package import Postgres

/// One thing that happened to an order, in words.
package struct TimelineEntry: Encodable, Sendable {
  package let at: Timestamp
  package let status: String
  package let words: String
  @ExplicitNull package var parcelId: ParcelID?
  @ExplicitNull package var returnId: ReturnID?

  fileprivate init(_ row: inout Row) throws {
    at = try row.next()
    status = try row.next()
    words = try row.next()
    _parcelId = ExplicitNull(wrappedValue: try row.next())
    _returnId = ExplicitNull(wrappedValue: try row.next())
  }
}

package enum TimelineDirectory {
  /// What happened, the oldest first. Nil when the order is not theirs to see.
  package static func read(
    _ name: OrderDirectory.Name, for reader: Actor, in database: some Querying
  ) throws -> [TimelineEntry]? {
    let isIt: SQL =
      switch name {
      case .id(let id): "o.id = \(id)"
      case .number(let number): "o.number = \(number)"
      }
    let order: SQL = """
      SELECT o.id FROM orders.orders AS o
      WHERE \(isIt) AND (\(reader.isAdmin) OR o.customer_id = \(reader.user))
      """
    let (orders, entries) = try database.read(
      Query(order) { row in try row.next() as OrderID },
      Query(
        """
        SELECT h.created_at, h.status, h.words, h.parcel_id, h.return_id
        FROM orders.history AS h WHERE h.order_id IN (\(order))
        ORDER BY h.number
        """
      ) { row in try TimelineEntry(&row) })
    return orders.isEmpty ? nil : entries
  }
}
