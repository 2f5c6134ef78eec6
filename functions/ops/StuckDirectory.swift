import Postgres

/// What payments publish of what somebody should look at.
enum StuckDirectory {
  struct Counts {
    let calls: Int
    let refusedRefunds: Int
    let lateRefunds: Int
    let silentPayments: Int
    let contradictedPayments: Int
    let undoneRefunds: Int
  }

  static func counts() -> Query<Counts> {
    Query(
      """
      SELECT s.calls, s.refused_refunds, s.late_refunds, s.silent_payments,
             s.contradicted_payments, s.undone_refunds
      FROM payments_api.stuck AS s
      """
    ) { row in
      Counts(
        calls: try row.next(), refusedRefunds: try row.next(), lateRefunds: try row.next(),
        silentPayments: try row.next(), contradictedPayments: try row.next(),
        undoneRefunds: try row.next())
    }
  }
}
