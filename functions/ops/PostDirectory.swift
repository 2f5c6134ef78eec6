import Core
import Postgres

/// What notifications publish of mails and short messages that are to be sent.
enum PostDirectory {
  struct Standing {
    let channel: String
    let pending: Int
    let oldestAt: Timestamp?
    let failed: Int
  }

  static func standing() -> Query<Standing> {
    Query(
      """
      SELECT s.channel, s.pending, s.oldest_at, s.failed FROM notifications_api.standing AS s
      ORDER BY s.channel
      """
    ) { row in
      Standing(
        channel: try row.next(), pending: try row.next(), oldestAt: try row.next(),
        failed: try row.next())
    }
  }
}
