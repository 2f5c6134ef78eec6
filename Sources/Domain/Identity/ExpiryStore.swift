package import Core
package import Postgres

/// What Identity need not remember for ever.
package enum ExpiryStore {
  /// Returns how many it forgot.
  package static func forgetMailTokens(
    expiredBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try count("SELECT identity_api.forget_mail_tokens(\(time), \(limit)::integer)", in: database)
  }

  /// Returns how many it forgot, with their refresh tokens.
  package static func forgetSessions(
    overBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try count("SELECT identity_api.forget_sessions(\(time), \(limit)::integer)", in: database)
  }

  /// Of sessions that live on. Returns how many it forgot.
  package static func forgetSpentTokens(
    spentBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try count("SELECT identity_api.forget_spent_tokens(\(time), \(limit)::integer)", in: database)
  }

  private static func count(_ forgetting: SQL, in database: some Querying) throws -> Int {
    try database.first(forgetting) { row in try row.next() } ?? 0
  }
}
