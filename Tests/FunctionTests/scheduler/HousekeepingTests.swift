import Core
import HTTPClient
import JSON
import KitTesting
import Log
import Orders
import Postgres
import Schedule
import Testing
import scheduler

/// What is forgotten after its time, by the jobs as they are wired, in the role they have.
@Suite struct HousekeepingTests {
  private func wait(_ scene: OrderScene, days: Int64) throws {
    scene.bazaar.stack.clock.advance(by: .days(days))
    try Clerk(scene.bazaar.stack).work()
    try scene.tidy()
  }

  private func sagas(_ scene: OrderScene) throws -> [String] {
    try scene.bazaar.stack.look().query(
      "SELECT s.definition || ' ' || s.state FROM saga.sagas AS s ORDER BY s.id"
    ) { row in try row.next() }
  }

  private func paid(_ scene: OrderScene) throws -> OrderID {
    let order = try scene.placed()
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.statusInDatabase(order) == "paid")
    return order
  }

  private func cancel(_ order: OrderID, _ scene: OrderScene) throws {
    try scene.bazaar.stack.look().transaction {
      try scene.book.cancel(
        order, reason: nil, by: Actor(scene.ana.user, isAdmin: false), check: { _ in }, in: $0)
    }
  }

  @Test func sagasGoWhenTheirOrderHasArrived() throws {
    let scene = try OrderScene()
    let order = try paid(scene)
    let parcel = scene.get(order).data?["parcels"]?[0]?.id ?? ""
    for status in ["shipped", "delivered"] {
      #expect(scene.update(parcel, ["status": .string(status)]).status == 200)
    }
    try wait(scene, days: 8)
    #expect(try scene.statusInDatabase(order) == "completed")
    #expect(try sagas(scene) == ["checkout done", "delivery done"])
    try wait(scene, days: 81)
    #expect(try sagas(scene) == ["checkout done", "delivery done"])
    try wait(scene, days: 2)
    #expect(try sagas(scene) == ["delivery done"])
    try wait(scene, days: 8)
    #expect(try sagas(scene).isEmpty)
    #expect(try scene.statusInDatabase(order) == "completed")
    try scene.checkInvariants()
  }

  @Test func anOrderThatWasNeverSentCanStillBeCancelled() throws {
    let scene = try OrderScene()
    let order = try paid(scene)
    try wait(scene, days: 400)
    #expect(try sagas(scene) == ["checkout done"])
    try cancel(order, scene)
    // Cancelled, and nobody has heard of it yet.
    try scene.tidy()
    #expect(try sagas(scene) == ["checkout done"])
    try Clerk(scene.bazaar.stack).work()
    #expect(try sagas(scene) == ["checkout undone"])
    #expect(try scene.stock() == "10 0")
    try scene.checkInvariants()
    try wait(scene, days: 91)
    #expect(try sagas(scene).isEmpty)
    try scene.checkInvariants()
  }

  @Test func whatCameToNothingIsForgotten() throws {
    let scene = try OrderScene()
    let order = try scene.placed(nil, ["payment": ["provider": "sandbox", "method": "decline"]])
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.statusInDatabase(order) == "payment_failed")
    try wait(scene, days: 91)
    #expect(try sagas(scene).isEmpty)
    try scene.checkInvariants()
  }
}

extension OrderScene {
  /// Everything that has had its time is forgotten.
  func tidy() throws {
    let stack = bazaar.stack
    let tools = JobTools(
      database: stack.database.database(role: "souk_scheduler"),
      http: HTTPClient(timeout: .seconds(5)), ids: IDSource(clock: stack.clock.clock),
      log: Logger(function: "scheduler", clock: stack.clock.clock, write: stack.log.write))
    for job in housekeeping { while try job.work(tools) {} }
  }
}
