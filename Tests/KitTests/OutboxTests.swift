import Core
import KitTesting
import Outbox
import Postgres
import Testing

@Suite struct OutboxTests {
  let test: TestDatabase
  let owner: Database

  init() throws {
    test = try TestDatabase()
    owner = test.database()
  }

  private func event(
    type: String = "order.placed.v1", payload: String = #"{"total": 5}"#, trace: String? = nil
  ) -> OutboxEvent {
    OutboxEvent(
      id: IDSource().uuid(), type: type, aggregateType: "order", aggregateID: IDSource().uuid(),
      occurredAt: Timestamp(microseconds: 1_800_000_000_000_001), payload: Array(payload.utf8),
      traceParent: trace)
  }

  private func stored() throws -> [OutboxEvent] {
    try owner.query(
      """
      SELECT id, type, aggregate_type, aggregate_id, occurred_at, payload, trace_parent
      FROM outbox.events ORDER BY sequence
      """
    ) { row in
      OutboxEvent(
        id: try row.next(), type: try row.next(), aggregateType: try row.next(),
        aggregateID: try row.next(), occurredAt: try row.next(),
        payload: Array((try row.next() as String).utf8), traceParent: try row.next())
    }
  }

  @Test(arguments: ["souk_auth", "souk_users"])
  func appendsWithoutARoundTripOfItsOwn(role: String) throws {
    let database = test.database(role: role)
    let events = [event(), event(trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    try database.transaction { transaction in
      for event in events { Outbox.append(event, in: transaction) }
    }
    #expect(database.statistics.roundTrips == 1)
    #expect(database.statistics.statements == 1)
    #expect(try stored() == events)
  }

  @Test func knowsItsTransaction() throws {
    let transactionID = try owner.transaction { transaction in
      Outbox.append(event(), in: transaction)
      return try transaction.int("SELECT pg_current_xact_id()")
    }
    #expect(try owner.int("SELECT transaction_id FROM outbox.events") == transactionID)
  }

  @Test func isGoneWithItsTransaction() throws {
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      try owner.transaction { transaction in
        Outbox.append(event(), in: transaction)
        try transaction.execute("SELECT 1")
        throw Refused()
      }
    }
    #expect(try stored() == [])
  }

  @Test func malformedEventsFailTheTransaction() throws {
    let cases: [(OutboxEvent, String?)] = [
      (event(type: "OrderPlaced"), "events_type_form"),
      (event(type: "order.placed"), "events_type_form"),
      (event(payload: "[]"), "events_payload_is_object"),
      (event(payload: "{"), nil),
      (event(trace: String(repeating: "x", count: 65)), "events_trace_parent_length"),
    ]
    for (event, constraint) in cases {
      let error = try postgresError { try owner.transaction { Outbox.append(event, in: $0) } }
      #expect(error.constraint == constraint)
    }
    #expect(try stored() == [])
  }

  @Test func whoMayDoWhat() throws {
    for statement: SQL in [
      "SELECT 1 FROM outbox.events", "DELETE FROM outbox.events",
      "UPDATE outbox.events SET type = ''",
    ] {
      let database = test.database(role: "souk_auth")
      #expect(try postgresError { try database.execute(statement) }.code == .permissionDenied)
    }
    let ops = test.database(role: "souk_ops")
    let error = try postgresError { try ops.transaction { Outbox.append(event(), in: $0) } }
    #expect(error.code == .permissionDenied)
  }
}
