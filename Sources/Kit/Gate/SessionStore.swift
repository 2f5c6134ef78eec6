internal import Core
internal import Postgres

/// What Identity publishes about sessions, for the time Redis cannot tell. The names are a
/// contract: `identity_api` is granted to every function.
enum SessionStore {
  /// The roles of the session's user now, or nil when the session has ended or tokens of that age
  /// are no longer good.
  static func roles(for bearer: Gate.Bearer, in database: Database) throws -> [Role]? {
    try database.first(
      """
      SELECT s.roles FROM identity_api.live_sessions AS s
      WHERE s.id = \(bearer.session) AND s.user_id = \(bearer.user)
        AND s.tokens_valid_after <= \(bearer.issuedAt)
      """
    ) { row in (try row.next() as [String]).compactMap(Role.init(rawValue:)) }
  }

  /// A session that ended, a user whose older tokens are refused, or one whose roles changed.
  struct Revocation {
    let session: SessionID?
    let user: UserID?
    let since: Timestamp
    let roles: [String]?
    /// The user's, where it is about roles.
    let version: Int?
  }

  /// All that may still concern a token that has not expired.
  static func recentRevocations(in database: Database) throws -> [Revocation] {
    try database.query(
      """
      SELECT r.session_id, r.user_id, r.since, r.roles, r.version
      FROM identity_api.recent_revocations AS r
      """
    ) { row in
      Revocation(
        session: try row.next(), user: try row.next(), since: try row.next(),
        roles: try row.next(), version: try row.next())
    }
  }
}
