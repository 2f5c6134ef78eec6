import Core
import HTTP
import JSON
import KitTesting
import Outbox
import Postgres
import Saga
import Testing

/// Sagas, dead letters and the outbox in the hands of administrators.
@Suite struct AdministrationTests {
  let bazaar: Bazaar
  let ops: TestFunction
  let admin: Visitor
  private let subject = IDSource().uuid()

  init() throws {
    bazaar = try Bazaar()
    ops = try Bazaar.ops(on: bazaar.stack)
    admin = try bazaar.visitor([.admin])
  }

  private var ids: IDSource { IDSource(clock: bazaar.stack.clock.clock) }
  private func scheduler() -> Database { bazaar.stack.database.database(role: "souk_scheduler") }

  private func tell(_ type: String) throws {
    try bazaar.stack.look().transaction { transaction in
      Outbox.append(
        OutboxEvent(
          id: ids.uuid(), type: type, aggregateType: "order", aggregateID: subject,
          occurredAt: ids.clock.now, payload: Array(#"{"total": 5}"#.utf8)), in: transaction)
    }
    _ = try EventLog.place(in: scheduler())
  }

  private struct Broken: Error {}

  /// One saga whose first step is done and whose second waits or fails.
  private func startSaga() throws -> SagaStepper {
    try tell("order.placed.v1")
    let money = try #require(Currency(rawValue: "USD"))
    let drain = try ConsumerDrain(
      .sagas(
        [
          SagaCue("order.placed.v1") { event in
            [.start(definition: "checkout", subject: event.aggregateID, stake: Money(1999, money))]
          }
        ], ids: ids), database: scheduler(), ids: ids)
    _ = try drain.step()
    let stepper = SagaStepper(
      [
        SagaDefinition(
          "checkout",
          steps: [
            SagaStep("reserve", act: { _ in .done }, undo: { _ in .done }),
            SagaStep(
              "pay", act: { .wait(for: "the bank", until: $0.now + .minutes(5)) },
              undo: { _ in throw Broken() }),
          ])
      ], database: scheduler(), ids: ids, patience: Patience(attemptsMax: 1))
    _ = try stepper.advance(SagaKey(definition: "checkout", subject: subject))
    return stepper
  }

  private func first(_ path: String, _ field: String) throws -> String {
    let answer = ops.send("GET", path, token: admin.token)
    return try #require(answer.data?.array?.first?[field]?.string, "\(answer)")
  }

  @Test func aSagaIsListedReadAndDecided() throws {
    let stepper = try startSaga()
    let key = SagaKey(definition: "checkout", subject: subject)
    let list = ops.send("GET", "/api/v1/admin/sagas?state=waiting", token: admin.token)
    let saga = try #require(list.data?.array?.first, "\(list)")
    #expect(saga["waiting_for"] == "the bank")
    #expect(saga["stake"]?["amount"] == 1999)
    let none = ops.send("GET", "/api/v1/admin/sagas?definition=other", token: admin.token)
    #expect(none.data == [])
    let path = "/api/v1/admin/sagas/\(saga["id"]?.string ?? "?")"
    let read = ops.send("GET", path, token: admin.token)
    #expect(
      read.data?["steps"]?.array?.map { "\($0["step"]?.string ?? "") \($0["mark"]?.string ?? "")" }
        == ["pay begun", "reserve done"])
    let undone = ops.send(
      "POST", "\(path)/compensate", token: admin.token, json: ["reason": "fraud"])
    #expect(undone.status == 200, "\(undone)")
    _ = try stepper.advance(key)
    #expect(ops.send("GET", path, token: admin.token).data?["saga"]?["state"] == "stuck")
    let again = ops.send(
      "POST", "\(path)/compensate", token: admin.token, json: ["reason": "fraud"])
    #expect(again.isProblem(409, "saga_over"))
    let skipped = ops.send("POST", "\(path)/skip", token: admin.token, json: ["reason": "by hand"])
    #expect(skipped.status == 200)
    _ = try stepper.advance(key)
    let over = ops.send("GET", path, token: admin.token).data
    #expect(over?["saga"]?["state"] == "undone")
    let decisions = over?["decisions"]?.array ?? []
    #expect(decisions.map { $0["verb"]?.string } == ["compensate", "skip"])
    #expect(decisions.allSatisfy { $0["by"]?.string == admin.id })
    let late = ops.send("POST", "\(path)/retry", token: admin.token, json: ["reason": "again"])
    #expect(late.isProblem(409, "saga_over"))
  }

  /// And a decision that is said twice is made once.
  @Test func whatOnlyGoesForwardIsNotUndone() throws {
    _ = try startSaga()
    try bazaar.stack.look().execute("UPDATE saga.sagas SET definition = 'return'")
    let list = ops.send("GET", "/api/v1/admin/sagas?definition=return", token: admin.token)
    let path = "/api/v1/admin/sagas/\(list.data?[0]["id"]?.string ?? "?")"
    func decide(_ verb: String) -> TestAnswer {
      ops.send(
        "POST", "\(path)/\(verb)", token: admin.token, json: ["reason": "fraud"],
        headers: [(.idempotencyKey, verb)])
    }
    #expect(decide("compensate").isProblem(409, "saga_only_forward"))
    let (first, second) = (decide("retry"), decide("retry"))
    #expect(first.status == 200, "\(first)")
    #expect(second.response.body == first.response.body)
    #expect(second.response.header("Idempotent-Replayed") == "true")
    let decisions = ops.send("GET", path, token: admin.token).data?["decisions"]?.array ?? []
    #expect(decisions.map { $0["verb"]?.string } == ["retry"])
  }

  @Test(arguments: ["retry", "compensate", "skip"]) func aDecisionNeedsAReason(verb: String) throws
  {
    _ = try startSaga()
    let path = "/api/v1/admin/sagas/\(try first("/api/v1/admin/sagas", "id"))/\(verb)"
    for body: JSONValue in [[:], ["reason": ""], ["reason": 1]] {
      #expect(ops.send("POST", path, token: admin.token, json: body).status == 422)
    }
    let other = "/api/v1/admin/sagas/sag_00000000000000000000000000/\(verb)"
    let unknown = ops.send("POST", other, token: admin.token, json: ["reason": "x"])
    #expect(unknown.isProblem(404, "not_found"))
  }

  @Test func sagasComePageByPage() throws {
    for _ in 0..<5 { try insertSaga() }
    var seen: [String] = []
    var cursor = ""
    repeat {
      let page = ops.send(
        "GET", "/api/v1/admin/sagas?limit=2&cursor=\(cursor)", token: admin.token)
      seen += page.data?.array?.compactMap { $0["id"]?.string } ?? []
      cursor = page.json["meta"]?["next_cursor"]?.string ?? ""
    } while !cursor.isEmpty
    #expect(seen.count == 5 && seen == seen.sorted(by: >))
    let second = ops.send("GET", "/api/v1/admin/sagas?limit=2&page=3", token: admin.token)
    #expect(second.data?.array?.count == 1)
    #expect(second.json["meta"]?["total"] == 5)
  }

  private func insertSaga() throws {
    try bazaar.stack.look().execute(
      """
      INSERT INTO saga.sagas (id, definition, subject, run, state, due_at, started_at, changed_at)
      VALUES (\(ids.uuid()), 'checkout', gen_random_uuid(), 1, 'running', now(), now(), now())
      """)
  }

  private func killALetter() throws -> Int {
    try tell("order.placed.v1")
    let drain = try ConsumerDrain(
      EventConsumer(name: "mails", types: ["order.placed.v1"]) { _, _ in
        throw HopelessEvent("no such template")
      }, database: scheduler(), ids: ids)
    _ = try drain.step()
    let list = ops.send("GET", "/api/v1/admin/dead-letters", token: admin.token)
    let letter = try #require(list.data?.array?.first, "\(list)")
    #expect(letter["error"] == "no such template")
    #expect(letter["payload"] == ["total": 5])
    #expect(letter["event_id"]?.string?.hasPrefix("evt_") == true)
    return Int(try #require(letter["number"]?.integer))
  }

  @Test func aDeadLetterIsReplayedOnce() throws {
    let path = "/api/v1/admin/dead-letters/\(try killALetter())/replay"
    let replayed = ops.send("POST", path, token: admin.token, json: ["reason": "mended"])
    #expect(replayed.data?["settled_as"] == "replayed", "\(replayed)")
    #expect(replayed.data?["settled_by"]?.string == admin.id)
    let again = ops.send("POST", path, token: admin.token, json: ["reason": "mended"])
    #expect(again.isProblem(404, "not_found"))
    let outbox = ops.send("GET", "/api/v1/admin/outbox", token: admin.token)
    #expect(outbox.data?["consumers"]?.array?.first?["deferred"] == 1, "\(outbox)")
  }

  @Test func aDeadLetterIsDroppedForAReason() throws {
    let path = "/api/v1/admin/dead-letters/\(try killALetter())"
    #expect(ops.send("DELETE", path, token: admin.token).violations == ["reason required"])
    #expect(ops.send("DELETE", "\(path)?reason=spam", token: admin.token).status == 204)
    #expect(ops.send("DELETE", "\(path)?reason=spam", token: admin.token).status == 404)
    let all = "/api/v1/admin/dead-letters"
    #expect(ops.send("GET", all, token: admin.token).data == [])
    let settled = ops.send("GET", "\(all)?settled=true", token: admin.token)
    #expect(settled.data?.array?.first?["reason"] == "spam")
    for wrong in ["x", "9999999", "-1", "99999999999999999999"] {
      let answer = ops.send("DELETE", "\(all)/\(wrong)?reason=spam", token: admin.token)
      #expect(answer.isProblem(404, "not_found"), "\(wrong)")
    }
  }

  @Test func readinessTurnsRedWhenEventsWaitTooLong() throws {
    let drain = try ConsumerDrain(
      EventConsumer(name: "ear", types: []) { _, _ in }, database: scheduler(), ids: ids)
    try tell("order.placed.v1")
    #expect(ops.send("GET", "/health/ready").status == 200)
    bazaar.stack.clock.advance(by: .seconds(121))
    let red = ops.send("GET", "/health/ready")
    #expect(red.status == 503)
    #expect(red.json["checks"]?["events"]?.string?.hasPrefix("the oldest has waited") == true)
    let metrics = ops.send("GET", "/metrics", from: "127.0.0.1").text
    #expect(metrics.contains(#"souk_outbox_backlog{consumer="ear"} 1"#))
    #expect(metrics.contains(#"souk_outbox_oldest_seconds{consumer="ear"} 121"#))
    #expect(metrics.contains(#"souk_sagas{state="stuck"} 0"#))
    _ = try drain.step()
    #expect(ops.send("GET", "/health/ready").status == 200)
  }
}
