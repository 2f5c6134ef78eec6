import Core
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct CheckoutTests {
  private func settle(
    _ scene: OrderScene, _ members: JSONValue, _ items: [JSONValue]? = nil
  ) throws -> OrderID {
    let order = try scene.placed(items, members)
    try Clerk(scene.bazaar.stack).work()
    return order
  }

  @Test func whatIsApprovedIsPaid() throws {
    let scene = try OrderScene()
    try scene.fillCart(5)
    let order = try settle(scene, ["items": nil])
    let read = scene.get(order)
    #expect(read.data?["status"] == "paid", "\(read)")
    #expect(read.data?["payment"]?["status"] == "captured")
    #expect(read.data?["parcels"]?.array?.count == 1)
    #expect(try scene.stock() == "5 0")
    #expect(try scene.count("SELECT count(*) FROM cart.items") == 0)
    #expect(try scene.count("SELECT sum(sold)::bigint FROM catalog.products") == 5)
    try scene.checkInvariants()
  }

  /// Ten pieces, and who wants them all at once: three each.
  @Test func manyCheckoutsAtOnce() throws {
    let scene = try OrderScene()
    let promotion = try scene.promotion(code: "TEN", limit: 1)
    let orders = try (0..<5).map { number in
      try scene.placed(
        [scene.wish(3)], number == 2 ? ["promotion_codes": ["TEN"]] : [:])
    }
    try Clerk(scene.bazaar.stack).work()
    let states = orders.map { scene.status($0) }
    #expect(states.filter { $0 == "paid" }.count == 3, "\(states)")
    #expect(states.filter { $0 == "cancelled" }.count == 2)
    #expect(try scene.stock() == "1 0")
    let used = try scene.count("SELECT used FROM promotions.promotions WHERE id = \(promotion)")
    #expect(used == (states[2] == "paid" ? 1 : 0))
    try scene.checkInvariants()
  }

  /// What one of them gives back in the same turn is known to those that come after it.
  @Test(arguments: [["provider": "sandbox", "method": "decline"], ["provider": "wallet"]])
  func oneOfManyIsRefused(_ payment: JSONValue) throws {
    let scene = try OrderScene()
    let refused = try scene.placed([scene.wish(2)], ["payment": payment])
    let paid = try (0..<2).map { _ in try scene.placed() }
    try Clerk(scene.bazaar.stack).work()
    #expect(scene.status(refused) == "payment_failed")
    #expect(paid.allSatisfy { scene.status($0) == "paid" })
    #expect(try scene.stock() == "8 0")
    try scene.checkInvariants()
  }

  @Test func manyCheckoutsShareTheirStatements() throws {
    let scene = try OrderScene()
    let clerk = try Clerk(scene.bazaar.stack)
    func writes(_ count: Int) throws -> [Substring] {
      for _ in 0..<count { _ = try scene.placed() }
      var sent: [Substring] = []
      clerk.database.onStatement = { text in
        if ["INSERT", "UPDATE"].contains(text.prefix(6)) { sent.append(text.prefix(40)) }
      }
      defer { clerk.database.onStatement = nil }
      try clerk.work()
      return sent
    }
    let one = try writes(1)
    let three = try writes(3)
    #expect(three == one)
    #expect(try scene.stock() == "6 0")
    try scene.checkInvariants()
  }

  @Test func whatIsDeclinedGivesEverythingBack() throws {
    let scene = try OrderScene()
    let promotion = try scene.promotion(code: "TEN", limit: 1)
    let order = try settle(
      scene,
      ["payment": ["provider": "sandbox", "method": "decline"], "promotion_codes": ["TEN"]])
    #expect(scene.status(order) == "payment_failed")
    #expect(try scene.stock() == "10 0")
    #expect(
      try scene.count("SELECT used FROM promotions.promotions WHERE id = \(promotion)") == 0)
    try scene.checkInvariants()
  }

  @Test func whatIsNeverPaidExpires() throws {
    let scene = try OrderScene()
    let order = try settle(scene, ["payment": ["provider": "sandbox", "method": "never"]])
    #expect(scene.status(order) == "awaiting_payment")
    #expect(try scene.stock() == "10 1")
    scene.bazaar.stack.clock.advance(by: .minutes(31))
    try Clerk(scene.bazaar.stack).work()
    // The token has expired as well.
    #expect(try scene.statusInDatabase(order) == "expired")
    #expect(try scene.stock() == "10 0")
    try scene.checkInvariants()
  }

  @Test func cancellingAfterPayingUndoesAllOfIt() throws {
    let scene = try OrderScene()
    let promotion = try scene.promotion(code: "TEN", limit: 1)
    let order = try settle(scene, ["promotion_codes": ["TEN"]], [scene.wish(3)])
    #expect(scene.status(order) == "paid")
    #expect(try scene.stock() == "7 0")
    #expect(scene.send("POST", "/orders/\(order)/cancel").status == 200)
    try Clerk(scene.bazaar.stack).work()
    let read = scene.get(order)
    #expect(read.data?["status"] == "cancelled")
    #expect(read.data?["payment"]?["status"] == "refunded", "\(read)")
    #expect(read.data?["parcels"]?[0]["status"] == "cancelled")
    #expect(try scene.stock() == "10 0")
    #expect(try scene.count("SELECT sum(sold)::bigint FROM catalog.products") == 0)
    #expect(
      try scene.count("SELECT used FROM promotions.promotions WHERE id = \(promotion)") == 0)
    try scene.checkInvariants()
  }

  @Test func cancellingWhileItWaitsLetsGo() throws {
    let scene = try OrderScene()
    let order = try settle(scene, ["payment": ["provider": "sandbox", "method": "never"]])
    #expect(scene.send("POST", "/orders/\(order)/cancel").status == 200)
    try Clerk(scene.bazaar.stack).work()
    #expect(scene.get(order).data?["payment"]?["status"] == "cancelled")
    #expect(try scene.stock() == "10 0")
    try scene.checkInvariants()
  }

  @Test func whoComesTooLateForTheLastPieceIsCancelled() throws {
    let scene = try OrderScene(pieces: [1])
    let orders = try [scene.placed(), scene.placed()]
    try Clerk(scene.bazaar.stack).work()
    #expect(orders.map(scene.status).sorted() == ["cancelled", "paid"])
    #expect(try scene.stock() == "0 0")
    try scene.checkInvariants()
  }

  @Test func theWalletPaysWhatItHas() throws {
    let scene = try OrderScene()
    let order = try settle(scene, ["payment": ["provider": "wallet"]])
    #expect(scene.status(order) == "payment_failed")
    #expect(scene.get(order).data?["cancel_reason"] == "insufficient_funds")
    try scene.checkInvariants()
  }

  @Test func cashIsTakenAtTheDoor() throws {
    let scene = try OrderScene()
    let order = try settle(scene, ["payment": ["provider": "cod"]], [scene.wish(2)])
    #expect(scene.status(order) == "processing")
    let shipper = try scene.bazaar.visitor([.shipper])
    let parcel = scene.get(order).data?["parcels"]?[0]?.id ?? ""
    #expect(scene.update(parcel, ["status": "packed"]).data?["cash"] == scene.money(2000))
    for verb in ["claim", "pickup", "deliver"] {
      let answer = scene.send("POST", "/deliveries/\(parcel)/\(verb)", as: shipper)
      #expect(answer.status == 200, "\(answer)")
    }
    try Clerk(scene.bazaar.stack).work()
    let read = scene.get(order)
    #expect(read.data?["status"] == "delivered")
    #expect(read.data?["payment"]?["status"] == "captured")
    #expect(read.data?["paid_at"] != .null)
    #expect(try scene.count("SELECT count(*) FROM catalog.deliveries") == 1)
    scene.bazaar.stack.clock.advance(by: .days(7))
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.statusInDatabase(order) == "completed")
    try scene.checkInvariants()
  }

  @Test func aShopThatGivesUpItsPartPaysItBack() throws {
    let scene = try OrderScene()
    let other = try scene.bazaar.goods(
      [4], in: try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller])), price: 500)
    let order = try settle(scene, [:], [scene.wish(2), scene.wish(1, of: other.variant)])
    let parcels = scene.get(order).data?["parcels"]?.array ?? []
    let own = parcels.first { $0["shop_id"]?.string == scene.shop.description }
    #expect(scene.update(own?.id ?? "", ["status": "cancelled", "note": "Sold out"]).status == 200)
    try Clerk(scene.bazaar.stack).work()
    let read = scene.get(order)
    #expect(read.data?["status"] == "paid")
    #expect(read.data?["payment"]?["status"] == "partially_refunded", "\(read)")
    #expect(try scene.stock() == "10 0")
    #expect(scene.send("POST", "/orders/\(order)/cancel").status == 200)
    try Clerk(scene.bazaar.stack).work()
    #expect(scene.get(order).data?["payment"]?["status"] == "refunded")
    #expect(try scene.stock() == "10 0")
    try scene.checkInvariants()
  }

  @Test func whatCameBackIsPaidBack() throws {
    let scene = try OrderScene()
    let order = try settle(scene, [:], [scene.wish(2)])
    let parcel = scene.get(order).data?["parcels"]?[0]?.id ?? ""
    #expect(scene.update(parcel, ["status": "shipped"]).status == 200)
    #expect(scene.update(parcel, ["status": "delivered"]).status == 200)
    let made = scene.send(
      "POST", "/orders/\(order)/returns", ["items": [scene.wish(1)], "reason": "Broken"])
    let id = made.data?.id ?? ""
    for json: JSONValue in [["status": "approved"], ["status": "received", "restock": true]] {
      #expect(scene.send("PUT", "/returns/\(id)", json, as: scene.seller).status == 200)
    }
    try Clerk(scene.bazaar.stack).work()
    #expect(scene.send("GET", "/returns/\(id)").data?["status"] == "refunded")
    #expect(scene.get(order).data?["payment"]?["status"] == "partially_refunded")
    #expect(try scene.stock() == "9 0")
    try scene.checkInvariants()
  }

  @Test func theTimelineTellsWhatIsWaitedFor() throws {
    let scene = try OrderScene()
    let order = try settle(scene, ["payment": ["provider": "sandbox", "method": "never"]])
    let waiting = scene.send("GET", "/orders/\(order)/timeline").each("words")
    #expect(waiting.first == "The order was placed.")
    #expect(waiting.contains("The goods are reserved."), "\(waiting)")
    #expect(waiting.contains("Waiting for the payment, next look in 30 min."), "\(waiting)")
    #expect(scene.send("POST", "/orders/\(order)/cancel", ["reason": "No"]).status == 200)
    try Clerk(scene.bazaar.stack).work()
    let over = scene.send("GET", "/orders/\(order)/timeline").each("words")
    #expect(over.contains("Cancelled: No"))
    #expect(over.last == "The goods are free again.", "\(over)")
  }

  /// Somebody taps twice: what they had in mind both times was one attempt, also where the second
  /// wish is heard while the first is at work.
  @Test func twoWishesAtOnceAreOneAttempt() throws {
    let scene = try OrderScene()
    let stack = scene.bazaar.stack
    let order = try settle(scene, ["payment": ["provider": "sandbox", "method": "decline"]])
    #expect(scene.status(order) == "payment_failed")
    let answer = try Bazaar.payments(on: stack).send(
      "POST", "/api/v1/payments/initiate", token: scene.ana.token,
      json: ["order_id": .string(order.description), "provider": "sandbox", "method": "decline"])
    #expect(answer.status == 202, "\(answer)")
    try Clerk(stack).hear()
    try stack.look().execute(
      """
      INSERT INTO outbox.events (id, type, aggregate_type, aggregate_id, occurred_at, payload)
      SELECT \(IDSource().uuid()), e.type, e.aggregate_type, e.aggregate_id, e.occurred_at,
             e.payload
      FROM outbox.events AS e WHERE e.type = 'payment.requested.v1'
      """)
    try Clerk(stack).hear()
    #expect(try scene.count("SELECT count(*) FROM outbox.deferred") == 1)
    for _ in 0..<5 {
      try Clerk(stack).work()
      stack.clock.advance(by: .minutes(1))
    }
    #expect(
      try scene.count(
        """
        SELECT count(*) FROM orders.history AS h WHERE h.words = 'Another attempt to pay began.'
        """) == 1)
    #expect(try scene.count("SELECT count(*) FROM outbox.deferred") == 0)
    try scene.checkInvariants()
  }
}
