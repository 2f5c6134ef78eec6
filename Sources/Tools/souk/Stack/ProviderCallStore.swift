package import Core
package import Postgres

/// Calls of providers that could not be worked off.
package enum ProviderCallStore {
  package struct Call {
    package let id: String
    package let provider: String
    package let receivedAt: Timestamp
    package let fault: String
  }

  private static let isGivenUp: SQL = "n.due_at IS NULL AND n.settled_at IS NULL"

  /// The oldest first, and how many there are in all.
  package static func givenUp(
    limit: Int, in database: some Querying
  ) throws -> (calls: [Call], total: Int) {
    let (calls, totals) = try database.read(
      Query(
        """
        SELECT n.id::text, n.provider, n.received_at, COALESCE(n.verdict, '')
        FROM payments.notifications AS n
        WHERE \(isGivenUp)
        ORDER BY n.id
        LIMIT \(limit)
        """
      ) { row in
        Call(
          id: try row.next(), provider: try row.next(), receivedAt: try row.next(),
          fault: try row.next())
      },
      Query("SELECT count(*) FROM payments.notifications AS n WHERE \(isGivenUp)") { row in
        try row.next() as Int
      })
    return (calls, totals.first ?? 0)
  }

  /// One of them, or all, with as many tries as at first. Returns how many.
  package static func workAgain(
    _ id: String?, at now: Timestamp, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      UPDATE payments.notifications AS n SET due_at = \(now), tries = 0
      WHERE \(isGivenUp) AND (\(id)::text IS NULL OR n.id::text = \(id)::text)
      """)
  }
}
