internal import Core
internal import Postgres

package enum InboxStore {
  /// True when it was not there before. Says so without reading the table, which its writer may
  /// not.
  static func insert(
    _ call: ProviderCall, from provider: ProviderName, digest: [UInt8], id: UUID,
    address: String, at now: Timestamp
  ) -> SQL {
    """
    INSERT INTO payments.notifications
      (id, provider, digest, body, remote_ip, received_at, due_at)
    VALUES (\(id), \(provider), \(digest), \(call.body), \(address), \(now), \(now))
    ON CONFLICT DO NOTHING
    """
  }

  struct Letter {
    let id: UUID
    let provider: ProviderName
    let body: [UInt8]
    let tries: Int
  }

  static func claim(
    from providers: [ProviderName], at now: Timestamp, orDueBefore time: Timestamp
  ) -> Query<Letter> {
    Query(
      """
      SELECT n.id, n.provider, n.body, n.tries FROM payments.notifications AS n
      WHERE n.due_at <= \(now)
        AND (n.provider = ANY (\(providers.map(\.rawValue))::text[]) OR n.due_at < \(time))
      ORDER BY n.due_at
      LIMIT 1
      FOR UPDATE SKIP LOCKED
      """
    ) { row in
      Letter(
        id: try row.next(), provider: try row.next(), body: try row.next(),
        tries: try row.next())
    }
  }

  static func settle(
    _ letter: Letter, _ verdict: String, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.notifications
      SET due_at = NULL, settled_at = \(now), verdict = \(verdict.storable(500))
      WHERE id = \(letter.id)
      """)
  }

  static func postpone(_ letter: Letter, until due: Timestamp?, fault: String) -> SQL {
    """
    UPDATE payments.notifications
    SET due_at = \(due), tries = tries + 1, verdict = \(fault.storable(500))
    WHERE id = \(letter.id) AND settled_at IS NULL
    """
  }
}
