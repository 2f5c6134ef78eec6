import Core
import HTTP
import KitTesting
import Middleware
import Payments
import Postgres
import Testing
import auth
import cart
import catalog
import inventory
import notifications
import ops
import orders
import payments
import shops
import souk
import users
import webhooks

/// Kills a function before and after every exchange of every route that writes. The client then
/// does what clients do: it asks again, with the same key and the same credentials. A route that
/// takes no key may answer otherwise by then, as one that deletes what is gone; what its case
/// counts is there once all the same.
@Suite struct WriteRouteTests {
  private static let functions = [
    auth.routes, users.routes, shops.routes, catalog.routes, cart.routes, inventory.routes,
    orders.routes, payments.routes, webhooks.routes, notifications.routes, ops.routes,
  ]

  @Test(arguments: WriteCase.all)
  func aLostAnswerIsAskedForAgain(_ tried: WriteCase) throws {
    let scene = try OrderScene(pieces: [1000])
    let stack = scene.bazaar.stack
    let providers = try Providers(Environment(stack.environment(of: "scheduler")))
    let first = try tried.request(scene)
    let program = Program(first.function, on: stack)
    let passage = try program.request(first)
    try #require(!passage.counted.isEmpty)
    try settle(stack, providers)
    var table = "\(tried): \(passage.counted.count) points, \(passage.alone.count) alone\n"
    for death in passage.deathsCounted + passage.deathsAlone {
      let request = try tried.request(scene)
      let before = try scene.count(tried.done)
      let point = try program.request(request, dying: death).last
      // Twice: what the second of them says is the answer of the first.
      for _ in 0..<2 { try program.request(request) }
      try settle(stack, providers)
      let done = try scene.count(tried.done) - before
      #expect(done == 1, "\(tried), killed \(death): \(point)")
      let broken = try BooksStore.broken(stack.look())
      #expect(broken == [], "\(tried), killed \(death): \(point)")
      table += "  \(death) → done \(done) times\(broken.isEmpty ? "" : ", BROKEN"): \(point)\n"
    }
    print(table)
  }

  /// Whatever writes is tried here.
  @Test func noRouteIsForgotten() {
    let reading: Set = ["check_availability"]
    let writing = Self.functions.flatMap(\.self).map(\.spec)
      .filter { $0.method != "GET" && !reading.contains($0.operation) }
    #expect(Set(WriteCase.all.map(\.description)) == Set(writing.map(\.operation)))
  }

  /// Everything that is due by the clock that programs have.
  private func settle(_ stack: TestStack, _ providers: Providers) throws {
    stack.clock.advance(by: Clock.system.now - stack.clock.clock.now)
    // Whoever asked and died is not waited for.
    try stack.look().execute(
      """
      UPDATE payments.payments AS p SET due_at = c.settles_at, asking_until = NULL
      FROM payments.sandbox_charges AS c
      WHERE c.payment_id = p.id AND c.settles_at < p.due_at AND p.status = 'pending'
      """)
    try Clerk(stack, asking: providers).work()
  }
}
