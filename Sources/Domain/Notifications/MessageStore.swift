package import Core
internal import JSON
internal import Outbox
package import Postgres

package enum MessageStore {
  /// Nothing for somebody whose account is closed, who does not want it, or who was told before.
  static func insert(
    _ news: News, _ topic: Topic, of event: LoggedEvent, id: NotificationID,
    in transaction: Transaction
  ) {
    var data = JSONObject()
    for (key, value) in news.data { data[key] = .string(value) }
    let title = String(Template.fill(news.template.title, news.blanks).prefix(200))
    let text = String(Template.fill(news.template.words, news.blanks).prefix(4000))
    transaction.enqueue(
      """
      INSERT INTO notifications.messages
        (id, event_id, user_id, topic, kind, title, text, data, created_at)
      SELECT \(id), \(event.id), c.id, \(topic)::text, \(news.template)::text, \(title)::text,
             \(text)::text, \(JSONValue.object(data).description)::jsonb, \(event.occurredAt)
      FROM identity_api.contacts AS c
      LEFT JOIN notifications.preferences AS p ON p.user_id = c.id AND p.topic = \(topic)
      WHERE c.id = \(news.reader) AND COALESCE(p.in_app, \(Preference.usual.inApp))
      ON CONFLICT ON CONSTRAINT messages_once DO NOTHING
      """)
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
