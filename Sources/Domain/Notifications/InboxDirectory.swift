package import Core
package import JSON
package import Postgres

/// What somebody was told, as they read it.
package struct NotificationRecord: Encodable, Sendable {
  package let id: NotificationID
  package let topic: Topic
  package let kind: String
  package let title: String
  package let text: String
  package let data: RawJSON
  @ExplicitNull package var readAt: Timestamp?
  package let createdAt: Timestamp

  fileprivate init(_ row: inout Row) throws {
    id = try row.next()
    topic = try row.next()
    kind = try row.next()
    title = try row.next()
    text = try row.next()
    data = RawJSON(try row.next())
    _readAt = ExplicitNull(wrappedValue: try row.next())
    createdAt = try row.next()
  }

  fileprivate static let columns: SQL =
    "m.id, m.topic, m.kind, m.title, m.text, m.data, m.read_at, m.created_at"
}

package enum InboxDirectory {
  /// The newest first. One more than `limit`, so that the caller sees whether there are others.
  /// The total stops at what can be reached by pages.
  package static func list(
    of user: UserID, onlyUnread: Bool, before: NotificationID?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (notifications: [NotificationRecord], total: Int) {
    let isUnread: SQL = onlyUnread ? "AND m.read_at IS NULL" : ""
    let matches: SQL = "m.user_id = \(user) \(isUnread)"
    let isBefore: SQL = if let before { "AND m.id < \(before)" } else { "" }
    let (notifications, totals) = try database.read(
      Query(
        """
        SELECT \(NotificationRecord.columns) FROM notifications.messages AS m
        WHERE \(matches) \(isBefore)
        ORDER BY m.id DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try NotificationRecord(&row) },
      Query.reachable("SELECT 1 FROM notifications.messages AS m WHERE \(matches)"))
    return (notifications, totals.first ?? 0)
  }

  /// It was read when it was first read. Nil when it is not theirs.
  package static func read(
    _ id: NotificationID, by user: UserID, at now: Timestamp, in database: some Querying
  ) throws -> NotificationRecord? {
    try database.first(
      """
      UPDATE notifications.messages AS m SET read_at = COALESCE(m.read_at, \(now))
      WHERE m.id = \(id) AND m.user_id = \(user)
      RETURNING \(NotificationRecord.columns)
      """
    ) { row in try NotificationRecord(&row) }
  }
}
