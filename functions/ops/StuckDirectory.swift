import Postgres

/// What payments publish of what somebody should look at.
enum StuckDirectory {
  static func counts() -> Query<(calls: Int, refusedRefunds: Int)> {
    Query("SELECT s.calls, s.refused_refunds FROM payments_api.stuck AS s") { row in
      (calls: try row.next(), refusedRefunds: try row.next())
    }
  }
}
