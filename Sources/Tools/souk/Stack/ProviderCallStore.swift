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

  /// The oldest first.
  package static func givenUp(in database: some Querying) throws -> [Call] {
    try database.query(
      """
      SELECT n.id::text, n.provider, n.received_at, COALESCE(n.verdict, '')
      FROM payments.notifications AS n
      WHERE n.due_at IS NULL AND n.settled_at IS NULL
      ORDER BY n.id
      LIMIT 100
      """
    ) { row in
      Call(
        id: try row.next(), provider: try row.next(), receivedAt: try row.next(),
        fault: try row.next())
    }
  }

  /// One of them, or all, with as many tries as at first. Returns how many.
  package static func workAgain(
    _ id: String?, at now: Timestamp, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      UPDATE payments.notifications AS n SET due_at = \(now), tries = 0
      WHERE n.due_at IS NULL AND n.settled_at IS NULL
        AND (\(id)::text IS NULL OR n.id::text = \(id)::text)
      """)
  }
}
