package import Core
internal import JSON
internal import Outbox
package import Postgres

package enum MessageStore {
  /// What has a topic. Nothing for somebody whose account is closed, who does not want it, or who
  /// was told before.
  static func insert(_ told: [ToldNews], ids: IDSource, in transaction: Transaction) {
    let messages = told.compactMap { told in told.topic.map { (told.news, $0, told.event) } }
    guard !messages.isEmpty else { return }
    transaction.enqueue(
      """
      INSERT INTO notifications.messages
        (id, event_id, user_id, topic, kind, title, text, data, created_at)
      SELECT n.id, n.event_id, c.id, n.topic, n.kind, n.title, n.text, n.data::jsonb, n.created_at
      FROM unnest(
        \(messages.map { _ in ids.id(NotificationKind.self) }), \(messages.map(\.2.id)),
        \(messages.map(\.0.reader)), \(messages.map(\.1.rawValue))::text[],
        \(messages.map(\.0.template.rawValue))::text[], \(messages.map { title(of: $0.0) })::text[],
        \(messages.map { text(of: $0.0) })::text[],
        \(messages.map { Facts.text(of: $0.0.data) })::text[], \(messages.map(\.2.occurredAt))
      ) AS n (id, event_id, reader, topic, kind, title, text, data, created_at)
      JOIN identity_api.contacts AS c ON c.id = n.reader
      LEFT JOIN notifications.preferences AS p ON p.user_id = c.id AND p.topic = n.topic
      WHERE COALESCE(p.in_app, \(Preference.usual.inApp))
      ON CONFLICT ON CONSTRAINT messages_once DO NOTHING
      """)
  }

  private static func title(of news: News) -> String {
    Template.fill(news.template.title, news.blanks).prefix(scalars: 200)
  }

  private static func text(of news: News) -> String {
    Template.fill(news.template.words, news.blanks).prefix(scalars: 4000)
  }

  /// All that these were told.
  static func forget(_ users: [UserID], in transaction: Transaction) {
    transaction.enqueue(
      "DELETE FROM notifications.messages AS m WHERE m.user_id = ANY (\(users))")
  }

  /// What was told before then, as far as it was read or does not have to be. Returns how much was
  /// forgotten.
  package static func forget(
    toldBefore time: Timestamp, onlyRead: Bool, limit: Int, in database: some Querying
  ) throws -> Int {
    let isRead: SQL = onlyRead ? "AND o.read_at IS NOT NULL" : ""
    return try database.execute(
      """
      DELETE FROM notifications.messages AS m WHERE m.id IN (
        SELECT o.id FROM notifications.messages AS o
        WHERE o.id < \(UUID.least(at: time)) \(isRead)
        ORDER BY o.id LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}
