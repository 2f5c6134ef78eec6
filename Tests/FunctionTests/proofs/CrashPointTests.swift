import Core
import JSON
import KitTesting
import Postgres
import Testing
import souk

/// Kills the scheduled function before and after every exchange it has with the database, and sees
/// that what comes after it puts everything right.
@Suite struct CrashPointTests {
  /// Something an order goes through. `prepare` brings it to where the scheduled function takes
  /// over, `ends` is where it must end, whatever was killed.
  struct Story: Sendable, CustomStringConvertible {
    let description: String
    let ends: String
    let prepare: @Sendable (OrderScene) throws -> OrderID
  }

  static let stories = [
    Story(description: "an order that is paid", ends: "paid") { scene in
      try scene.fillCart(2)
      return try scene.placed(nil, ["items": nil, "promotion_codes": ["TEN"]])
    },
    Story(description: "a payment that is declined", ends: "payment_failed") { scene in
      try scene.placed(
        nil,
        [
          "payment": ["provider": "sandbox", "method": "decline"], "promotion_codes": ["TEN"],
        ])
    },
    Story(description: "an order without goods", ends: "cancelled") { scene in
      // Enough that nobody is told of low stock, which would be one point more the first time.
      try scene.goods.setStock(20, by: scene.seller.user, on: scene.bazaar.stack)
      let order = try scene.placed([scene.wish(20)], ["promotion_codes": ["TEN"]])
      try scene.goods.setStock(19, by: scene.seller.user, on: scene.bazaar.stack)
      return order
    },
    Story(description: "a cancelled order that was paid", ends: "cancelled") { scene in
      let order = try scene.placed(nil, ["promotion_codes": ["TEN"]])
      try Clerk(scene.bazaar.stack).work()
      try #require(scene.send("POST", "/orders/\(order)/cancel").status == 200)
      return order
    },
    Story(description: "cash at the door", ends: "delivered") { scene in
      let order = try scene.placed(nil, ["payment": ["provider": "cod"]])
      try Clerk(scene.bazaar.stack).work()
      let parcel = scene.get(order).data?["parcels"]?[0]?.id ?? ""
      for status in ["shipped", "delivered"] {
        try #require(scene.update(parcel, ["status": .string(status)]).status == 200)
      }
      return order
    },
    Story(description: "a parcel given up", ends: "paid") { scene in
      let other = try scene.bazaar.goods(
        [100], in: try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller])))
      let order = try scene.placed([scene.wish(), scene.wish(1, of: other.variant)])
      try Clerk(scene.bazaar.stack).work()
      let parcel = scene.get(order).data?["parcels"]?.array?
        .first { $0["shop_id"]?.string == scene.shop.description }
      try #require(scene.update(parcel?.id ?? "", ["status": "cancelled"]).status == 200)
      return order
    },
    Story(description: "goods that come back", ends: "delivered") { scene in
      let order = try scene.placed([scene.wish(2)])
      try Clerk(scene.bazaar.stack).work()
      let parcel = scene.get(order).data?["parcels"]?[0]?.id ?? ""
      for status in ["shipped", "delivered"] {
        try #require(scene.update(parcel, ["status": .string(status)]).status == 200)
      }
      let made = scene.send(
        "POST", "/orders/\(order)/returns", ["items": [scene.wish()], "reason": "Broken"])
      let changes: [JSONValue] = [
        ["status": "approved"], ["status": "received", "restock": true],
      ]
      for change in changes {
        let answer = scene.send("PUT", "/returns/\(made.data?.id ?? "")", change, as: scene.seller)
        try #require(answer.status == 200, "\(answer)")
      }
      return order
    },
  ]

  @Test(arguments: stories)
  func anythingMayBeKilledAnywhere(_ story: Story) throws {
    let scene = try OrderScene(pieces: [1000])
    _ = try scene.promotion(code: "TEN", limit: 1_000_000)
    let scheduler = Program("scheduler", on: scene.bazaar.stack)
    try scheduler.run(["--once"])
    // Once undisturbed, to know the points.
    let first = try story.prepare(scene)
    let points = try scheduler.run(["--once"])
    #expect(try scene.statusInDatabase(first) == story.ends)
    try scene.checkInvariants()
    try #require(points.count > 10)
    var table = "\(story): \(points.count) points\n"
    for (place, point) in points.enumerated() {
      for isBefore in [true, false] {
        let death = Program.Death(point: place + 1, isBefore: isBefore)
        let order = try story.prepare(scene)
        try scheduler.run(["--once"], dying: death)
        try scheduler.run(["--once"])
        let status = try scene.statusInDatabase(order)
        let broken = try BooksStore.broken(scene.bazaar.stack.look())
        #expect(status == story.ends, "\(story), killed \(death): \(point)")
        #expect(broken == [], "\(story), killed \(death): \(point)")
        table += "  \(death.description) → \(status)\(broken.isEmpty ? "" : " BROKEN"): \(point)\n"
      }
    }
    print(table)
  }
}
