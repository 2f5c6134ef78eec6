import Postgres

/// What payments publish of what somebody should look at.
enum StuckDirectory {
  struct Counts {
    let calls: Int
    let refusedRefunds: Int
    let lateRefunds: Int
  }

  static func counts() -> Query<Counts> {
    Query(
      "SELECT s.calls, s.refused_refunds, s.late_refunds FROM payments_api.stuck AS s"
    ) { row in
      Counts(
        calls: try row.next(), refusedRefunds: try row.next(), lateRefunds: try row.next())
    }
  }
}
