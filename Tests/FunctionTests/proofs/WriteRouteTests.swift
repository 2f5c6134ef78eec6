import Core
import HTTP
import KitTesting
import Middleware
import Payments
import Postgres
import Testing
import souk

/// Kills a function before and after every exchange of every route that writes. The client then
/// does what clients do: it asks again, with the same key and the same credentials. A route that
/// takes no key may answer otherwise by then, as one that deletes what is gone; what its case
/// counts is there once all the same.
@Suite struct WriteRouteTests {
  private static let specs = RouteScene.routes.map(\.route.spec)

  @Test(arguments: WriteCase.all)
  func aLostAnswerIsAskedForAgain(_ tried: WriteCase) throws {
    let route = try #require(Self.specs.first { $0.operation == tried.description })
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
      let answers = try (0..<2).map { _ in try program.answer(to: request) }
      if route.idempotency != .none { expectAnswered(tried, death, answers) }
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
    let writing = Self.specs.filter { $0.method != "GET" && !reading.contains($0.operation) }
    #expect(Set(WriteCase.all.map(\.description)) == Set(writing.map(\.operation)))
  }

  private func expectAnswered(
    _ tried: WriteCase, _ death: Program.Death, _ answers: [Program.Answer]
  ) {
    let comment: Comment = "\(tried), killed \(death): \(answers)"
    #expect(answers.allSatisfy { (200..<300).contains($0.status) }, comment)
    #expect(Set(answers.map(\.status)).count == 1 && Set(answers.map(\.body)).count == 1, comment)
    #expect(answers.last?.isReplayed == true, comment)
  }

  /// Everything that is due by the clock that programs have.
  private func settle(_ stack: TestStack, _ providers: Providers) throws {
    stack.clock.advance(by: Clock.system.now - stack.clock.clock.now)
    // Whoever asked and died is not waited for.
    let now = stack.clock.clock.now
    try stack.look().execute(
      """
      UPDATE payments.payments AS p SET due_at = c.settles_at, asking_until = NULL
      FROM payments.sandbox_charges AS c
      WHERE c.payment_id = p.id AND c.settles_at < p.due_at AND p.status = 'pending'
        AND p.due_at <= \(now + Waits.longest)
        AND COALESCE(p.asking_until <= \(now + Waits.lease), true)
      """)
    try Clerk(stack, asking: providers).work()
  }
}
