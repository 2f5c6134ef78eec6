import Core
import JSON
import KitTesting
import Postgres
import Testing
import souk

/// Fifty people want the last piece at the same moment, two hundred times, or a thousand times.
@Suite(.serialized) struct LastUnitTests {
  private static let buyers = 50
  private static let rounds = 50

  @Test(arguments: 1...Effort.of(4, long: 20))
  func oneOfFiftyGetsTheLastPiece(_ part: Int) throws {
    let scene = try OrderScene(pieces: [0])
    let (stack, goods, seller) = (scene.bazaar.stack, scene.goods, scene.seller.user)
    let tokens = try (0..<Self.buyers).map { _ in try scene.bazaar.visitor().token }
    let order = scene.order([scene.wish()], ["address_id": nil, "address": Bazaar.home]).bytes
    let rounds = try Together.run(
      threads: Self.buyers, rounds: Self.rounds,
      prepare: { thread in (try Bazaar.orders(on: stack), tokens[thread]) },
      before: { _ in
        // All orders of the round before have come to their end by then.
        try Self.settle(stack)
        try goods.setStock(1, expected: 0, by: seller, on: stack)
      }
    ) { buyer, _ in
      let answer = buyer.0.send("POST", "/api/v1/orders", token: buyer.1, bytes: order)
      return "\(answer.status) \(answer.code ?? "")"
    }
    try Self.settle(stack)
    let refusals = Set(rounds.flatMap(\.self)).subtracting(["201 "])
    #expect(refusals.isSubset(of: ["409 insufficient_stock"]), "\(refusals)")
    #expect(rounds.allSatisfy { $0.contains("201 ") })
    let outcomes = try Self.outcomes(stack)
    #expect(outcomes["paid"] == Self.rounds, "\(outcomes)")
    #expect(Set(outcomes.keys).isSubset(of: ["paid", "cancelled"]), "\(outcomes)")
    #expect(try scene.stock() == "0 0")
    try scene.checkInvariants()
  }

  /// Two schedulers at once, and one more for what they left to each other.
  private static func settle(_ stack: TestStack) throws {
    let workers = (0..<2).map { _ in Background { try Clerk(stack).work() } }
    for worker in workers { try worker.value() }
    try Clerk(stack).work()
  }

  private static func outcomes(_ stack: TestStack) throws -> [String: Int] {
    let rows = try stack.look().query(
      "SELECT o.status, count(*) FROM orders.orders AS o GROUP BY o.status"
    ) { row in (try row.next() as String, try row.next() as Int) }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
