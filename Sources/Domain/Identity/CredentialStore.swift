internal import Core
internal import Postgres

/// Passwords and the one-time tokens that replace them.
enum CredentialStore {
  struct Credentials {
    let user: UserID
    let passwordHash: String
    let status: UserStatus

    init(_ row: inout Row) throws {
      user = try row.next()
      passwordHash = try row.next()
      status = UserStatus(rawValue: try row.next()) ?? .deleted
    }
  }

  /// By e-mail, or by username where the name has no @.
  static func find(login: String, in database: some Querying) throws -> Credentials? {
    let isEmail = login.utf8.contains(UInt8(ascii: "@"))
    let key = login.lowercased()
    return try database.first(
      """
      SELECT u.id, u.password_hash, u.status FROM identity.users AS u
      WHERE (\(isEmail) AND u.email_key = \(key)) OR (NOT \(isEmail) AND u.username_key = \(key))
      """
    ) { row in try Credentials(&row) }
  }

  static func find(_ id: UserID, in database: some Querying) throws -> Credentials? {
    try database.first(
      """
      SELECT u.id, u.password_hash, u.status FROM identity.users AS u
      WHERE u.id = \(id) AND u.password_hash IS NOT NULL
      """
    ) { row in try Credentials(&row) }
  }

  /// False when the password was changed meanwhile.
  static func replace(
    _ old: String, with new: String, of id: UserID, at now: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      """
      UPDATE identity.users SET password_hash = \(new), updated_at = \(now)
      WHERE id = \(id) AND password_hash = \(old)
      """) == 1
  }

  /// By somebody who reads the account's mail. False when it is not active.
  static func reset(
    _ new: String, of id: UserID, at now: Timestamp, validAfter: Timestamp,
    in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      """
      UPDATE identity.users
      SET password_hash = \(new), tokens_valid_after = \(validAfter),
          email_verified_at = COALESCE(email_verified_at, \(now)), version = version + 1,
          updated_at = \(now)
      WHERE id = \(id) AND status = 'active'
      """) == 1
  }

  // MARK: One-time tokens

  enum Purpose: String {
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
  }

  struct Addressee {
    let user: UserID
    let email: String
    let fullName: String
  }

  /// Stores a token for whoever has this e-mail; nil when nobody has.
  static func insert(
    _ hash: [UInt8], _ purpose: Purpose, forEmail email: String, at now: Timestamp,
    until expiry: Timestamp, in transaction: Transaction
  ) throws -> Addressee? {
    try transaction.first(
      """
      WITH addressee AS (
        SELECT u.id, u.email, u.full_name FROM identity.users AS u
        WHERE u.email_key = \(email.lowercased()) AND u.status = 'active'
      ), stored AS (
        INSERT INTO identity.mail_tokens (hash, user_id, purpose, email, created_at, expires_at)
        SELECT \(hash), a.id, \(purpose.rawValue), a.email, \(now), \(expiry) FROM addressee AS a
      )
      SELECT a.id, a.email, a.full_name FROM addressee AS a
      """
    ) { row in
      Addressee(user: try row.next(), email: try row.next(), fullName: try row.next())
    }
  }

  /// The address a good token was mailed to; nil when it is unknown, used or expired.
  static func address(
    of hash: [UInt8], _ purpose: Purpose, at now: Timestamp, in database: some Querying
  ) throws -> String? {
    try database.first(
      """
      SELECT t.email FROM identity.mail_tokens AS t
      WHERE t.hash = \(hash) AND t.purpose = \(purpose.rawValue) AND t.used_at IS NULL
        AND t.expires_at > \(now)
      """
    ) { row in try row.next() }
  }

  /// Nil when the token is unknown, used or expired. Of two at once one wins. Locks the user
  /// first, as everywhere: whoever deletes the account comes to its tokens last.
  static func spend(
    _ hash: [UInt8], _ purpose: Purpose, at now: Timestamp, in transaction: Transaction
  ) throws -> (user: UserID, email: String)? {
    transaction.enqueue(
      """
      SELECT u.id FROM identity.users AS u
      WHERE u.id = (SELECT t.user_id FROM identity.mail_tokens AS t WHERE t.hash = \(hash))
      FOR UPDATE
      """)
    return try transaction.first(
      """
      UPDATE identity.mail_tokens AS t SET used_at = \(now)
      WHERE t.hash = \(hash) AND t.purpose = \(purpose.rawValue) AND t.used_at IS NULL
        AND t.expires_at > \(now)
      RETURNING t.user_id, t.email
      """
    ) { row in (try row.next(), try row.next()) }
  }

  /// Tokens mailed for the old password must not replace the new one.
  static func void(
    _ purpose: Purpose, of id: UserID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE identity.mail_tokens SET used_at = \(now)
      WHERE user_id = \(id) AND purpose = \(purpose.rawValue) AND used_at IS NULL
      """)
  }

  /// False when the account has another address by now.
  static func verifyEmail(
    _ email: String, of id: UserID, at now: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      """
      UPDATE identity.users
      SET email_verified_at = COALESCE(email_verified_at, \(now)), version = version + 1
      WHERE id = \(id) AND email = \(email) AND status = 'active'
      """) == 1
  }
}
