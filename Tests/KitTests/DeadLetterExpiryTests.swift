import Core
import KitTesting
import Outbox
import Postgres
import Testing

@Suite struct DeadLetterExpiryTests {
  /// One of these waits, the others were settled so many days ago.
  @Test func whatWasDecidedLongAgoIsForgotten() throws {
    let database = try TestDatabase()
    let now = Clock.system.now
    try database.database().execute(
      """
      WITH c AS (INSERT INTO outbox.consumers (name) VALUES ('post') RETURNING name)
      INSERT INTO outbox.dead_letters
        (consumer, position, id, type, aggregate_type, aggregate_id, occurred_at, payload, attempts,
         error, died_at, settled_as, settled_at, settled_by, settled_because)
      SELECT c.name, 1, md5('1')::uuid, 'a.b.v1', 'a', md5('2')::uuid, n.time, '{}', 12, 'no',
             n.time, n.outcome, CASE WHEN n.outcome IS NOT NULL THEN n.time END,
             CASE WHEN n.outcome IS NOT NULL THEN 'ana' END,
             CASE WHEN n.outcome IS NOT NULL THEN 'why' END
      FROM c, (VALUES (NULL, \(now - .days(400))), ('dropped', \(now - .days(91))),
                      ('replayed', \(now - .days(90) - .hours(1))),
                      ('replayed', \(now - .days(89)))) AS n (outcome, time)
      """)
    let scheduler = database.database(role: "souk_scheduler")
    let forgotten = try (0..<3).map { _ in
      try DeadLetterDirectory.forget(settledBefore: now - .days(90), limit: 1, in: scheduler)
    }
    #expect(forgotten == [1, 1, 0])
    let left: [String] = try database.database().query(
      "SELECT COALESCE(d.settled_as, 'waits') FROM outbox.dead_letters AS d ORDER BY d.number"
    ) { row in try row.next() }
    #expect(left == ["waits", "replayed"])
  }
}
