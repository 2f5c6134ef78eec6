package import Core
package import Postgres

package enum SagaExpiryStore {
  /// Forgets runs that ended long ago, unless somebody may still come back to them. Returns how
  /// many, each of which had some steps.
  package static func forget(
    finishedBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.first(
      "SELECT saga.forget_finished(\(UUID.least(at: time)), \(time), \(limit)::integer)"
    ) { row in try row.next() } ?? 0
  }
}
