import Core
import KitTesting
import Outbox
import Postgres
import Saga
import Testing

/// Somebody holds a transaction open all day. Nothing that is done meanwhile may leave rows that
/// nobody can clean up, event by event.
@Suite struct LongSnapshotTests {
  @Test func eventsLeaveNothingDeadBehind() throws {
    let scene = try LogScene()
    let drain = try scene.drain(scene.consumer(), batch: 10)
    let holder = scene.look()
    try holder.transaction(isolation: .repeatableRead) { held in
      _ = try held.exchange(["SELECT pg_current_xact_id()"])
      for round in 0..<100 {
        try scene.write("a\(round)", "b\(round)")
        try scene.place()
        try scene.empty(drain)
      }
      #expect(try scene.heard().count == 200)
      #expect(try scene.look().deadRows(in: "outbox") == 0)
    }
  }

  /// What an event costs does not grow with those that came since the transaction began.
  @Test func anEventCostsTheSameAllDay() throws {
    let scene = try LogScene()
    let holder = scene.look()
    try holder.transaction(isolation: .repeatableRead) { held in
      _ = try held.exchange(["SELECT pg_current_xact_id()"])
      let costs = try (0..<10).map { round in
        let names = (0..<1000).map { "\(round) \($0)" }
        try scene.writer().transaction { transaction in
          for name in names { Outbox.append(scene.event(name), in: transaction) }
        }
        let before = try scene.look().blocksTouched()
        try scene.place()
        try scene.empty(try scene.drain(scene.consumer()))
        return try scene.look().blocksTouched() - before
      }
      #expect(try scene.heard().count == 10_000)
      // Indexes have their depth by then.
      #expect(costs[9] * 10 < costs[3] * 11, "\(costs)")
    }
  }

  /// A saga's row changes with its turns, not with its steps, and not without reason.
  @Test func sagasLeaveOneRowATurn() throws {
    let scene = try SagaScene()
    let stepper = scene.stepper()
    try scene.log.look().transaction(isolation: .repeatableRead) { held in
      _ = try held.exchange(["SELECT pg_current_xact_id()"])
      for _ in 0..<20 {
        try scene.tell("started")
        #expect(try stepper.advance(scene.key) == .moved)
      }
      #expect(try scene.log.look().deadRows(in: "outbox") == 0)
      #expect(try scene.log.look().deadRows(in: "saga") == 20)
    }
  }
}

extension Database {
  /// Of what the event log keeps, by all connections. They tell when they close: only whoever holds
  /// a transaction stays.
  fileprivate func blocksTouched() throws -> Int {
    let others: SQL = """
      SELECT count(*) FROM pg_stat_activity AS a
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
        AND a.state <> 'idle in transaction'
      """
    try #require(try becomesTrue { try int(others) == 0 })
    return try int(
      """
      SELECT sum(
        COALESCE(t.heap_blks_hit, 0) + COALESCE(t.heap_blks_read, 0)
          + COALESCE(t.idx_blks_hit, 0) + COALESCE(t.idx_blks_read, 0))::bigint
      FROM pg_statio_all_tables AS t WHERE t.schemaname = 'outbox'
      """) ?? 0
  }

  /// Rows that were changed or deleted, as far as the tables' files tell: those that can be read
  /// are taken off what ever was written.
  fileprivate func deadRows(in schema: String) throws -> Int {
    let tables = try query(
      """
      SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n
        ON n.oid = c.relnamespace WHERE n.nspname = \(schema) AND c.relkind = 'r'
      """
    ) { row in try row.next() as String }
    try execute("CREATE EXTENSION IF NOT EXISTS pgstattuple")
    return try tables.reduce(0) { sum, table in
      let live = try int("SELECT count(*) FROM \(unescaped: table)") ?? 0
      let stored = try int("SELECT (pgstattuple(\(table)::regclass)).tuple_count") ?? 0
      let dead = try int("SELECT (pgstattuple(\(table)::regclass)).dead_tuple_count") ?? 0
      return sum + dead + max(0, stored - live)
    }
  }
}
