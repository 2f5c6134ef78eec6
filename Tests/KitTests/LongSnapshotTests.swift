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
