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
    let stack = scene.bazaar.stack
    let tokens = try (0..<Self.buyers).map { _ in try scene.bazaar.visitor().token }
    let order = scene.order([scene.wish()], ["address_id": nil, "address": Bazaar.home]).bytes
    let variant = scene.goods.variants[0]
    let rounds = try Together.run(
      threads: Self.buyers, rounds: Self.rounds,
      prepare: { thread in (try Bazaar.orders(on: stack), tokens[thread]) },
      before: { _ in
        // All orders of the round before have come to their end by then.
        try Self.settle(stack)
        try Self.setOne(variant, on: stack)
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

  private static func setOne(_ variant: VariantID, on stack: TestStack) throws {
    let look = stack.look()
    let before = try look.first(
      "SELECT s.on_hand FROM inventory.stock AS s WHERE s.variant_id = \(variant)"
    ) { row in try row.next() as Int }
    #expect(before == 0, "the piece of the round before was not sold")
    try look.transaction { transaction in
      try transaction.execute(
        """
        INSERT INTO inventory.movements (variant_id, product_id, kind, on_hand_before,
          on_hand_after, reserved_before, reserved_after, reference, created_at)
        SELECT s.variant_id, s.product_id, 'set', s.on_hand, 1, 0, 0, gen_random_uuid()::text, now()
        FROM inventory.stock AS s WHERE s.variant_id = \(variant)
        """)
      try transaction.execute(
        "UPDATE inventory.stock SET on_hand = 1 WHERE variant_id = \(variant)")
      try transaction.execute(
        """
        SELECT inventory.count_variants(ARRAY[s.product_id], ARRAY[1])
        FROM inventory.stock AS s WHERE s.variant_id = \(variant)
        """)
    }
  }

  private static func outcomes(_ stack: TestStack) throws -> [String: Int] {
    let rows = try stack.look().query(
      "SELECT o.status, count(*) FROM orders.orders AS o GROUP BY o.status"
    ) { row in (try row.next() as String, try row.next() as Int) }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
