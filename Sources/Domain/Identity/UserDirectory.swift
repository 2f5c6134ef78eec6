package import Core
internal import HTTP
package import Postgres

/// What an administrator looks for.
package struct UserFilter: Sendable {
  package let text: String?
  package let role: Role?
  package let status: UserStatus?

  package init(text: String?, role: Role?, status: UserStatus?) {
    self.text = text
    self.role = role
    self.status = status
  }

  /// The text as a pattern in which its own % and _ mean themselves.
  var pattern: String? {
    text.map { text in
      "%" + text.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined() + "%"
    }
  }
}

/// The newest accounts first.
package enum UserDirectory {
  /// One more than `limit`, so that the caller sees whether there are others.
  package static func list(
    _ filter: UserFilter, after: (createdAt: Timestamp, id: UserID)?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> [User] {
    try database.query(page(filter, after: after, limit: limit, offset: offset)) { row in
      try User(&row)
    }
  }

  /// A page and the number of all that fit, in one round trip. The number stops at what can be
  /// reached by pages, so that a large table costs no more.
  package static func page(
    _ filter: UserFilter, limit: Int, offset: Int, in database: some Querying
  ) throws -> (users: [User], total: Int) {
    let (users, totals) = try database.read(
      Query(page(filter, after: nil, limit: limit, offset: offset)) { row in try User(&row) },
      Query.reachable("SELECT 1 FROM identity.users AS u WHERE \(matches(filter))"))
    return (Array(users.prefix(limit)), totals.first ?? 0)
  }

  private static func page(
    _ filter: UserFilter, after: (createdAt: Timestamp, id: UserID)?, limit: Int, offset: Int
  ) -> SQL {
    """
    SELECT \(UserStore.columns) FROM identity.users AS u
    WHERE \(matches(filter))
      AND (\(after == nil)
           OR (u.created_at, u.id) < (\(after?.createdAt)::timestamptz, \(after?.id)::uuid))
    ORDER BY u.created_at DESC, u.id DESC
    LIMIT \(limit + 1) OFFSET \(offset)
    """
  }

  private static func matches(_ filter: UserFilter) -> SQL {
    """
    u.status <> 'deleted'
      AND (\(filter.pattern)::text IS NULL OR u.email_key LIKE lower(\(filter.pattern))
           OR u.full_name ILIKE \(filter.pattern) OR u.username_key LIKE lower(\(filter.pattern)))
      AND (\(filter.role?.rawValue)::text IS NULL OR \(filter.role?.rawValue) = ANY (u.roles))
      AND (\(filter.status?.rawValue)::text IS NULL OR u.status = \(filter.status?.rawValue))
    """
  }
}
