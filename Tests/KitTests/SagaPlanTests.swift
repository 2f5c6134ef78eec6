import Core
import KitTesting
import Postgres
import Testing

@testable import Saga

/// How Postgres looks for a few sagas while it believes that hardly any are live.
@Suite struct SagaPlanTests {
  @Test func sagasAreFoundByTheirKeysHoweverManyAreLive() throws {
    let scene = try LogScene()
    let database = scene.look()
    try database.execute(
      """
      INSERT INTO saga.sagas
        (id, definition, subject, run, state, finished_at, started_at, changed_at)
      SELECT md5('a' || n)::uuid, 'trial', md5('b' || n)::uuid, 1, 'done', now(), now(), now()
      FROM generate_series(1, 20000) AS n
      """)
    try database.execute(
      """
      INSERT INTO saga.steps (saga_id, step, mark, attempts, at)
      SELECT s.id, 'one', 'done', 1, now() FROM saga.sagas AS s
      """)
    try database.execute("ANALYZE saga.sagas, saga.steps")
    let keys = (0..<3).map { _ in SagaKey(definition: "trial", subject: scene.ids.uuid()) }
    let now = scene.clock.clock.now
    for statement in [
      SagaStore.claim(keys, at: now).sql, SagaStore.notes(keys).sql,
      SagaStore.wake(keys, at: now).sql,
    ] {
      let plan = try database.query("EXPLAIN \(statement)") { row in try row.next() as String }
        .joined(separator: "\n")
      #expect(
        plan.contains("Index Cond: ((definition = n.definition) AND (subject = n.subject))"),
        "\(plan)")
      #expect(!plan.contains("Seq Scan"), "\(plan)")
    }
  }
}
