internal import Core
internal import Postgres

enum SessionStore {
  static func insert(
    _ id: SessionID, of user: UserID, on device: Device, refreshHash: [UInt8], at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO identity.sessions
        (id, user_id, device, ip, created_at, last_used_at, expires_at)
      VALUES
        (\(id), \(user), \(device.name), \(device.ip), \(now), \(now), \(now + Session.lifetime))
      """)
    insertToken(refreshHash, of: id, at: now, in: transaction)
  }

  static func insertToken(
    _ hash: [UInt8], of session: SessionID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO identity.refresh_tokens (hash, session_id, created_at)
      VALUES (\(hash), \(session), \(now))
      """)
  }

  struct Presented {
    let session: SessionID
    let user: UserID
    let spentAt: Timestamp?
    let isLive: Bool
  }

  /// The row of a refresh token, locked. The user is locked against changes too, and first as
  /// everywhere: a token made now must not carry a role that is being taken away.
  static func lock(refreshHash: [UInt8], at now: Timestamp, in transaction: Transaction) throws
    -> Presented?
  {
    transaction.enqueue(
      """
      SELECT u.id FROM identity.users AS u
      WHERE u.id = (
        SELECT s.user_id FROM identity.refresh_tokens AS t
        JOIN identity.sessions AS s ON s.id = t.session_id
        WHERE t.hash = \(refreshHash)
      )
      FOR SHARE
      """)
    return try transaction.first(
      """
      SELECT s.id, s.user_id, t.spent_at,
             s.ended_at IS NULL AND s.expires_at > \(now) AND u.status = 'active'
      FROM identity.refresh_tokens AS t
      JOIN identity.sessions AS s ON s.id = t.session_id
      JOIN identity.users AS u ON u.id = s.user_id
      WHERE t.hash = \(refreshHash)
      FOR UPDATE OF t, s
      """
    ) { row in
      Presented(
        session: try row.next(), user: try row.next(), spentAt: try row.next(),
        isLive: try row.next())
    }
  }

  static func rotate(
    _ spent: [UInt8], to successor: [UInt8], of session: SessionID, on device: Device,
    at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      "UPDATE identity.refresh_tokens SET spent_at = \(now) WHERE hash = \(spent)")
    insertToken(successor, of: session, at: now, in: transaction)
    transaction.enqueue(
      """
      UPDATE identity.sessions
      SET last_used_at = \(now), expires_at = \(now + Session.lifetime), ip = \(device.ip)
      WHERE id = \(session)
      """)
  }

  static func live(
    of user: UserID, current: SessionID, at now: Timestamp, in database: some Querying
  )
    throws -> [Session]
  {
    try database.query(
      """
      SELECT s.id, s.device, s.ip, s.created_at, s.last_used_at, s.expires_at, s.id = \(current)
      FROM identity.sessions AS s
      WHERE s.user_id = \(user) AND s.ended_at IS NULL AND s.expires_at > \(now)
      ORDER BY s.last_used_at DESC, s.id DESC
      LIMIT 200
      """
    ) { row in
      Session(
        id: try row.next(), device: try row.next(), ip: try row.next(), createdAt: try row.next(),
        lastUsedAt: try row.next(), expiresAt: try row.next(), current: try row.next())
    }
  }

  /// False when there is no such live session of this user.
  static func end(
    _ session: SessionID, of user: UserID, _ reason: Session.EndReason, at now: Timestamp,
    in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      """
      UPDATE identity.sessions SET ended_at = \(now), end_reason = \(reason.rawValue)
      WHERE id = \(session) AND user_id = \(user) AND ended_at IS NULL
      """) == 1
  }

  /// Returns the sessions it ended.
  static func endAll(
    of user: UserID, except kept: SessionID? = nil, _ reason: Session.EndReason, at now: Timestamp,
    in transaction: Transaction
  ) throws -> [SessionID] {
    try transaction.query(
      """
      UPDATE identity.sessions AS s SET ended_at = \(now), end_reason = \(reason.rawValue)
      WHERE s.user_id = \(user) AND s.ended_at IS NULL AND s.id IS DISTINCT FROM \(kept)
      RETURNING s.id
      """
    ) { row in try row.next() }
  }

  static func refuseTokens(
    of user: UserID, before moment: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      "UPDATE identity.users SET tokens_valid_after = \(moment) WHERE id = \(user)")
  }
}
