import Core
import JSON
import KitTesting
import Postgres
import Synchronization
import Testing
import souk

/// Fifty people want the last piece of two things, two hundred times, or a thousand times: half of
/// them name the one first, half the other. Thirty come at the same moment, and five each time
/// whoever came before has an answer. The scheduled function is at work meanwhile, twice.
@Suite(.serialized) struct LastUnitTests {
  private static let buyers = 50
  private static let clerks = 2
  private static let rounds = 50
  private static let first = 30
  private static let wave = 5

  private enum Worker {
    /// Who comes when no more than so many have no answer.
    case buyer(TestFunction, token: String, order: [UInt8], at: Int)
    case clerk(Clerk)
  }

  @Test(arguments: 1...Effort.of(4, long: 20))
  func oneOfFiftyGetsTheLastPieces(_ part: Int) throws {
    let scene = try OrderScene(pieces: [0, 0])
    let (stack, goods, seller) = (scene.bazaar.stack, scene.goods, scene.seller.user)
    let tokens = try (0..<Self.buyers).map { _ in try scene.bazaar.visitor().token }
    let wishes = goods.variants.map { scene.wish(of: $0.description) }
    let orders = [wishes, wishes.reversed()].map {
      scene.order($0, ["address_id": nil, "address": Bazaar.home]).bytes
    }
    let waiting = Mutex(0)
    let rounds = try Together.run(
      threads: Self.buyers + Self.clerks, rounds: Self.rounds,
      prepare: { thread -> Worker in
        guard thread < Self.buyers else { return .clerk(try Clerk(stack)) }
        let waves = thread < Self.first ? 0 : (thread - Self.first) / Self.wave
        return .buyer(
          try Bazaar.orders(on: stack), token: tokens[thread], order: orders[thread % 2],
          at: thread < Self.first ? Self.buyers : Self.buyers - Self.first - waves * Self.wave)
      },
      before: { round in
        // All orders of the round before have come to their end by then.
        try Clerk(stack).work()
        try #require(try Self.outcomes(stack)["paid", default: 0] == round)
        for variant in goods.variants.indices {
          try goods.setStock(1, of: variant, expected: 0, by: seller, on: stack)
        }
        waiting.withLock { $0 = Self.buyers }
      }
    ) { worker, _ -> String? in
      switch worker {
      case .buyer(let function, let token, let order, let place):
        defer { waiting.withLock { $0 -= 1 } }
        while waiting.withLock({ $0 > place }) { Clock.pause(.milliseconds(1)) }
        let answer = function.send("POST", "/api/v1/orders", token: token, bytes: order)
        return "\(answer.status) \(answer.code ?? "")"
      case .clerk(let clerk):
        while waiting.withLock({ $0 > 0 }) { try clerk.work() }
        return nil
      }
    }
    try Clerk(stack).work()
    try expectOneOfEach(rounds.map { $0.compactMap(\.self) }, scene)
  }

  private func expectOneOfEach(_ rounds: [[String]], _ scene: OrderScene) throws {
    let answers = Dictionary(grouping: rounds.flatMap(\.self), by: \.self).mapValues(\.count)
    let outcomes = try Self.outcomes(scene.bazaar.stack)
    let deadlocks = try scene.bazaar.stack.database.deadlocks()
    print("last unit: \(answers), \(outcomes), \(deadlocks) deadlocks")
    // A circle of locks is nothing that a customer hears of.
    #expect(Set(answers.keys).isSubset(of: ["201 ", "409 insufficient_stock"]), "\(answers)")
    #expect(answers["409 insufficient_stock", default: 0] > 0, "nobody came too late")
    #expect(rounds.allSatisfy { $0.contains("201 ") })
    #expect(outcomes["paid"] == Self.rounds, "\(outcomes)")
    #expect(Set(outcomes.keys).isSubset(of: ["paid", "cancelled"]), "\(outcomes)")
    #expect(outcomes.values.reduce(0, +) == answers["201 "])
    #expect(try scene.stock() == "0 0")
    try scene.checkInvariants()
  }

  private static func outcomes(_ stack: TestStack) throws -> [String: Int] {
    let rows = try stack.look().query(
      "SELECT o.status, count(*) FROM orders.orders AS o GROUP BY o.status"
    ) { row in (try row.next() as String, try row.next() as Int) }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
