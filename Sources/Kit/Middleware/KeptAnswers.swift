package import Core
package import Postgres

/// What is kept of requests with an `Idempotency-Key`, for who tidies.
package enum KeptAnswers {
  package static let age = Duration.hours(24)

  /// Returns how many it forgot.
  package static func forget(
    olderThan time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.first("SELECT souk.forget_idempotency_keys(\(time), \(limit)::integer)") { row in
      try row.next()
    } ?? 0
  }
}
