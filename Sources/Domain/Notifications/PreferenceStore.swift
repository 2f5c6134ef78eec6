package import Core
package import Postgres

package enum PreferenceStore {
  static func forget(_ users: [UserID], in transaction: Transaction) {
    transaction.enqueue(
      "DELETE FROM notifications.preferences AS p WHERE p.user_id = ANY (\(users))")
  }

  /// The version rises with every topic that changes.
  package static func find(
    of user: UserID, in database: some Querying
  ) throws -> (preferences: Preferences, version: Int) {
    var version = 0
    let rows = try database.query(
      """
      SELECT p.version, p.topic, p.mail, p.sms, p.in_app FROM notifications.preferences AS p
      WHERE p.user_id = \(user)
      """
    ) { row -> (Topic, Preference) in
      version += try row.next()
      return (
        try row.next(),
        Preference(mail: try row.next(), sms: try row.next(), inApp: try row.next())
      )
    }
    return (Preferences(Dictionary(rows, uniquingKeysWith: { first, _ in first })), version)
  }

  package static func change(
    _ topic: Topic, _ change: PreferenceChange, of user: UserID, at now: Timestamp,
    in transaction: Transaction
  ) {
    let usual = Preference.usual
    transaction.enqueue(
      """
      INSERT INTO notifications.preferences AS p (user_id, topic, mail, sms, in_app, updated_at)
      VALUES (\(user), \(topic), COALESCE(\(change.mail), \(usual.mail)),
              COALESCE(\(change.sms), \(usual.sms)), COALESCE(\(change.inApp), \(usual.inApp)),
              \(now))
      ON CONFLICT ON CONSTRAINT preferences_pkey DO UPDATE
      SET mail = COALESCE(\(change.mail), p.mail), sms = COALESCE(\(change.sms), p.sms),
          in_app = COALESCE(\(change.inApp), p.in_app), updated_at = \(now),
          version = p.version + 1
      """)
  }
}
