internal import Core
internal import Postgres

/// What Identity publishes about sessions, for the time Redis cannot tell. The names are a
/// contract: `identity_api` is granted to every function.
enum SessionStore {
  /// False when the session has ended, or the user's tokens of that age are no longer good.
  static func isLive(
    _ session: SessionID, of user: UserID, issuedAt: Timestamp, in database: Database
  ) throws -> Bool {
    try database.first(
      """
      SELECT true FROM identity_api.live_sessions
      WHERE id = \(session) AND user_id = \(user) AND tokens_valid_after <= \(issuedAt)
      """
    ) { row in try row.next() as Bool } ?? false
  }

  struct Revocation {
    let session: SessionID?
    let user: UserID?
    let at: Timestamp
  }

  /// All that may still concern a token that has not expired.
  static func recentRevocations(in database: Database) throws -> [Revocation] {
    try database.query(
      """
      SELECT session_id, user_id, revoked_at FROM identity_api.recent_revocations
      """
    ) { row in
      Revocation(session: try row.next(), user: try row.next(), at: try row.next())
    }
  }
}
