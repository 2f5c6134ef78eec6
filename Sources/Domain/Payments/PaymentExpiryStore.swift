package import Core
package import Postgres

/// What Payments need not remember for ever. All return how much was forgotten.
package enum PaymentExpiryStore {
  /// Calls of providers that were worked off. One that comes again after that is worked off again,
  /// and finds everything done.
  package static func forgetCalls(
    settledBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      DELETE FROM payments.notifications AS n WHERE n.id IN (
        SELECT o.id FROM payments.notifications AS o
        WHERE o.id < \(UUID.least(at: time)) AND o.settled_at < \(time)
        ORDER BY o.id LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Looks at the oldest only: they stand in the order in which they happened.
  package static func forgetSecurityEvents(
    before time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      DELETE FROM payments.security_events AS s WHERE s.number IN (
        SELECT oldest.number FROM (
          SELECT o.number, o.occurred_at FROM payments.security_events AS o
          ORDER BY o.number LIMIT \(limit)
        ) AS oldest
        WHERE oldest.occurred_at < \(time))
      """)
  }

  /// Calls that the sandbox made, or gave up, about payments of before then.
  package static func forgetSandboxCalls(
    before time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      DELETE FROM payments.sandbox_callbacks AS c USING (
        SELECT o.payment_id, o.place FROM payments.sandbox_callbacks AS o
        WHERE o.payment_id < \(UUID.least(at: time)) AND o.due_at IS NULL
        ORDER BY o.payment_id, o.place LIMIT \(limit) FOR UPDATE SKIP LOCKED
      ) AS old
      WHERE c.payment_id = old.payment_id AND c.place = old.place
      """)
  }
}
