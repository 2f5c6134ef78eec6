import Core
import KitTesting
import Outbox
import Postgres

/// An event log of a test's own, with somebody who writes and a consumer that notes what it hears.
struct LogScene: Sendable {
  let test: TestDatabase
  let clock = TestClock()

  init() throws {
    test = try TestDatabase()
    try test.database().execute(
      """
      CREATE TABLE public.heard (
        number bigint GENERATED ALWAYS AS IDENTITY, consumer text, position bigint, name text,
        aggregate uuid)
      """)
    try test.database().execute("GRANT SELECT, INSERT ON public.heard TO souk_scheduler")
  }

  var ids: IDSource { IDSource(clock: clock.clock) }
  func writer() -> Database { test.database(role: "souk_auth") }
  func scheduler() -> Database { test.database(role: "souk_scheduler") }
  func look() -> Database { test.database() }

  func event(_ name: String, of aggregate: UUID? = nil, type: String = "test.said.v1")
    -> OutboxEvent
  {
    OutboxEvent(
      id: ids.uuid(), type: type, aggregateType: "test",
      aggregateID: aggregate ?? ids.uuid(), occurredAt: clock.clock.now,
      payload: Array(#"{"name": "\#(name)"}"#.utf8))
  }

  func write(_ names: String..., of aggregate: UUID? = nil) throws {
    try writer().transaction { transaction in
      for name in names { Outbox.append(event(name, of: aggregate), in: transaction) }
    }
  }

  /// Writes it at once, as whoever does not wait for the COMMIT: its number is drawn here.
  func draw(_ name: String, of aggregate: UUID? = nil, in transaction: Transaction) throws {
    let event = event(name, of: aggregate)
    try transaction.execute(
      """
      INSERT INTO outbox.events (id, type, aggregate_type, aggregate_id, occurred_at, payload)
      VALUES (
        \(event.id), \(event.type), \(event.aggregateType), \(event.aggregateID),
        \(event.occurredAt), \(String(decoding: event.payload, as: UTF8.self))::jsonb)
      """)
  }

  @discardableResult
  func place() throws -> Int {
    let database = scheduler()
    var placed = 0
    while let more = try EventLog.place(in: database), more > 0 { placed += more }
    return placed
  }

  struct Unwell: Error {}

  /// Notes what it hears, in the transaction it is given; `trouble` may throw instead.
  func consumer(
    _ name: String = "ear", types: Set<String> = ["test.said.v1"],
    trouble: @escaping @Sendable (String) throws -> Void = { _ in }
  ) -> EventConsumer {
    EventConsumer(name: name, types: types) { event, transaction in
      let text = String(decoding: event.payload, as: UTF8.self)
      let said = String(text.split(separator: "\"").dropFirst(3).first ?? "?")
      transaction.enqueue(
        """
        INSERT INTO public.heard (consumer, position, name, aggregate)
        VALUES (\(name), \(event.position), \(said), \(event.aggregateID))
        """)
      try trouble(said)
    }
  }

  func drain(_ consumer: EventConsumer, batch: Int = 1000, attempts: Int = 3) throws
    -> ConsumerDrain
  {
    try ConsumerDrain(
      consumer, database: scheduler(), ids: ids, patience: Patience(attemptsMax: attempts),
      batch: batch)
  }

  /// Until there is nothing left to take now.
  func empty(_ drain: ConsumerDrain) throws {
    while case .moved = try drain.step() {}
  }

  func heard(by consumer: String = "ear") throws -> [String] {
    try look().query(
      "SELECT h.name FROM public.heard AS h WHERE h.consumer = \(consumer) ORDER BY h.number"
    ) { row in try row.next() }
  }

  func standing(of consumer: String = "ear") throws -> EventLog.Standing? {
    try scheduler().read(EventLog.standing()).first { $0.consumer == consumer }
  }

  func isKept(_ name: String) throws -> Bool {
    let sql = "SELECT count(*) FROM outbox.events AS e WHERE e.payload->>'name' = \(name)" as SQL
    return try look().int(sql) == 1
  }

  /// Until somebody waits for a lock of the table. They do not wait for long, and may have given up
  /// by now.
  func awaitWaiting(for table: String) throws {
    let look = look()
    _ = try becomesTrue(within: .milliseconds(200)) {
      try look.int(
        """
        SELECT count(*) FROM pg_locks AS l
        WHERE l.relation = \(table)::text::regclass AND NOT l.granted
        """) == 1
    }
  }
}
