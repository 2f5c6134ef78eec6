package import Core
internal import HTTP
package import Postgres

package enum UserStore {
  static let columns: SQL = """
    u.id, u.number, u.email, u.username, u.full_name, u.phone, u.avatar_url, u.birthday, u.gender,
    u.roles, u.status, u.email_verified_at IS NOT NULL, u.created_at, u.version,
    u.tokens_valid_after
    """

  package static func find(_ id: UserID, in database: some Querying) throws -> User? {
    try database.first(
      """
      SELECT \(columns) FROM identity.users AS u
      WHERE u.id = \(id) AND u.status <> 'deleted'
      """
    ) { row in try User(&row) }
  }

  /// Keeps the row from changing until the transaction ends.
  static func lock(_ id: UserID, in transaction: Transaction) throws -> User? {
    try transaction.first(
      """
      SELECT \(columns) FROM identity.users AS u
      WHERE u.id = \(id) AND u.status <> 'deleted'
      FOR UPDATE
      """
    ) { row in try User(&row) }
  }

  struct NewUser {
    let id: UserID
    let email: String
    let username: String?
    let passwordHash: String
    let fullName: String
    let phone: String?
  }

  /// Throws `emailTaken` or `usernameTaken` when the schema says so.
  static func insert(_ user: NewUser, at now: Timestamp, in transaction: Transaction) throws -> User
  {
    do {
      let row = try transaction.first(
        """
        INSERT INTO identity.users AS u
          (id, email, username, password_hash, full_name, phone, tokens_valid_after, created_at,
           updated_at)
        VALUES
          (\(user.id), \(user.email), \(user.username), \(user.passwordHash), \(user.fullName),
           \(user.phone), \(now), \(now), \(now))
        RETURNING \(columns)
        """
      ) { row in try User(&row) }
      guard let row else { throw IdentityError.noSuchUser }
      return row
    } catch let error as PostgresError where error.constraint == "users_email_unique" {
      throw IdentityError.emailTaken
    } catch let error as PostgresError where error.constraint == "users_username_unique" {
      throw IdentityError.usernameTaken
    }
  }

  static func update(
    _ user: User, _ changes: ProfileChanges, completing: Bool, at now: Timestamp,
    in transaction: Transaction
  ) throws -> User? {
    let completedAt: Timestamp? = completing ? now : nil
    return try transaction.first(
      """
      UPDATE identity.users AS u
      SET full_name = \(changes.fullName.applied(to: user.fullName)),
          phone = \(changes.phone.applied(to: user.phone)),
          avatar_url = \(changes.avatarUrl.applied(to: user.avatarUrl)),
          birthday = \(changes.birthday.applied(to: user.birthday)),
          gender = \(changes.gender.applied(to: user.gender)?.rawValue),
          profile_completed_at = COALESCE(u.profile_completed_at, \(completedAt)),
          version = u.version + 1, updated_at = \(now)
      WHERE u.id = \(user.id)
      RETURNING \(columns)
      """
    ) { row in try User(&row) }
  }

  static func profileIsComplete(_ id: UserID, in transaction: Transaction) throws -> Bool {
    try transaction.first(
      """
      SELECT u.profile_completed_at IS NOT NULL FROM identity.users AS u WHERE u.id = \(id)
      """
    ) { row in try row.next() } ?? false
  }

  /// Tokens issued before `moment` carry other roles.
  static func setRoles(
    _ roles: [Role], of id: UserID, before moment: Timestamp, at now: Timestamp,
    in transaction: Transaction
  ) throws -> User? {
    try transaction.first(
      """
      UPDATE identity.users AS u
      SET roles = \(roles.map(\.rawValue)), roles_changed_at = \(moment),
          version = u.version + 1, updated_at = \(now)
      WHERE u.id = \(id)
      RETURNING \(columns)
      """
    ) { row in try User(&row) }
  }

  /// Tokens issued before `validAfter` are refused.
  static func setStatus(
    _ status: UserStatus, of id: UserID, validAfter: Timestamp, at now: Timestamp,
    in transaction: Transaction
  ) throws -> User? {
    try transaction.first(
      """
      UPDATE identity.users AS u
      SET status = \(status.rawValue), tokens_valid_after = \(validAfter),
          version = u.version + 1, updated_at = \(now)
      WHERE u.id = \(id)
      RETURNING \(columns)
      """
    ) { row in try User(&row) }
  }

  /// Locks all administrators, so that two of them cannot remove each other at once, and with them
  /// in key order whom they change, who may be one by now. Returns the administrators.
  static func lockAdmins(and user: UserID, in transaction: Transaction) throws -> [UserID] {
    let locked = try transaction.query(
      """
      SELECT u.id, 'admin' = ANY (u.roles) AND u.status = 'active' FROM identity.users AS u
      WHERE ('admin' = ANY (u.roles) AND u.status = 'active') OR u.id = \(user)
      ORDER BY u.id
      FOR UPDATE
      """
    ) { row in (id: try row.next() as UserID, isAdmin: try row.next() as Bool) }
    return locked.filter(\.isAdmin).map(\.id)
  }

  /// Takes the person out of the row; the row stays for the orders that point to it.
  static func anonymise(
    _ id: UserID, validAfter: Timestamp, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE identity.users
      SET email = NULL, username = NULL, password_hash = NULL, full_name = 'Deleted user',
          phone = NULL, avatar_url = NULL, birthday = NULL, gender = NULL, roles = '{customer}',
          status = 'deleted', email_verified_at = NULL, tokens_valid_after = \(validAfter),
          version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """)
    transaction.enqueue("DELETE FROM identity.addresses WHERE user_id = \(id)")
    transaction.enqueue("DELETE FROM identity.shippers WHERE user_id = \(id)")
    transaction.enqueue("DELETE FROM identity.mail_tokens WHERE user_id = \(id)")
    transaction.enqueue(
      "UPDATE identity.sessions SET device = NULL, ip = '' WHERE user_id = \(id)")
  }
}
