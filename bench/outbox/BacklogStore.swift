import Postgres

/// Events by the hundred thousand, as functions write them.
struct BacklogStore {
  let database: Database

  static let type = "bench.made.v1"

  /// In transactions of a thousand, each event about a thing of its own.
  func write(_ count: Int) throws {
    for _ in 0..<count / 1000 {
      try database.execute(
        """
        INSERT INTO outbox.events (
          id, type, aggregate_type, aggregate_id, occurred_at, payload, trace_parent)
        SELECT gen_random_uuid(), \(Self.type), 'bench', gen_random_uuid(), now(),
               jsonb_build_object('order_id', gen_random_uuid(), 'total', n.number), NULL
        FROM generate_series(1, 1000) AS n (number)
        """)
    }
  }

  /// What nobody needs any more and nobody can clean up.
  func deadRows() throws -> Int {
    try database.execute("SELECT pg_stat_force_next_flush()")
    return try database.first(
      """
      SELECT COALESCE(sum(t.n_dead_tup), 0)::bigint FROM pg_stat_user_tables AS t
      WHERE t.schemaname = 'outbox'
      """
    ) { row in try row.next() as Int } ?? 0
  }
}
