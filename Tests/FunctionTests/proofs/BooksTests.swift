import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing
import souk

/// What is right is not complained of, and what is wrong is.
@Suite struct BooksTests {
  private func refund(_ amount: Int64, of order: OrderID, _ scene: OrderScene) throws {
    let stack = scene.bazaar.stack
    let answer = try Bazaar.payments(on: stack).send(
      "POST", "/api/v1/payments/refund", token: scene.seller.token,
      json: [
        "order_id": .string(order.description), "reason": "It broke.",
        "amount": scene.money(amount),
      ],
      headers: [(.idempotencyKey, IDSource().uuid().description)])
    try #require(answer.status == 201, "\(answer)")
    try Clerk(stack).work()
  }

  @Test func whatIsGivenBackByHandIsRight() throws {
    let scene = try OrderScene()
    let order = try scene.settled()
    try refund(300, of: order, scene)
    try scene.checkInvariants()
    try refund(700, of: order, scene)
    #expect(scene.get(order).data?["payment"]?["status"] == "refunded")
    try scene.checkInvariants()
  }

  @Test func whatIsGivenBackByHandAndBroughtBackIsRight() throws {
    let scene = try OrderScene()
    let order = try scene.placed([scene.wish(3)])
    try Clerk(scene.bazaar.stack).work()
    try refund(300, of: order, scene)
    let parcel = try scene.parcel(of: order)
    for status in ["shipped", "delivered"] {
      #expect(scene.update(parcel, ["status": .string(status)]).status == 200)
    }
    let made = scene.send(
      "POST", "/orders/\(order)/returns", ["items": [scene.wish()], "reason": "Broken"])
    for change: JSONValue in [["status": "approved"], ["status": "received", "restock": true]] {
      let answer = scene.send("PUT", "/returns/\(made.data.id)", change, as: scene.seller)
      #expect(answer.status == 200, "\(answer)")
    }
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.count("SELECT refunded FROM payments.payments") == 1300)
    try scene.checkInvariants()
  }

  @Test func moneyThatNobodyGaveBackIsMissed() throws {
    let scene = try OrderScene()
    let order = try scene.settled()
    try refund(300, of: order, scene)
    try scene.bazaar.stack.look().execute("UPDATE payments.refunds SET requested_by = NULL")
    #expect(
      try BooksStore.broken(scene.bazaar.stack.look()).map { $0.split(separator: ":")[0] }
        == ["an order that lives holds other money than it costs"])
  }

  /// That of a delivery is not missed before its turn has come.
  @Test(arguments: ["delivered", "completed"])
  func cashThatNobodyTookIsMissed(_ status: String) throws {
    let scene = try OrderScene()
    let order = try scene.settled(["payment": ["provider": "cod"]])
    try scene.checkInvariants()
    try scene.deliver(order)
    try Clerk(scene.bazaar.stack).hear()
    let look = scene.bazaar.stack.look()
    let complaint = "an order that lives holds other money than it costs"
    #expect(try !BooksStore.broken(look).contains { $0.hasPrefix(complaint) })
    try look.execute(
      """
      UPDATE saga.sagas SET state = 'waiting', step = 'complete', waiting_for = 'the week',
        due_at = now() + interval '1 day'
      WHERE definition = 'delivery'
      """)
    try look.execute("UPDATE orders.orders SET status = \(status)")
    let broken = try BooksStore.broken(look)
    #expect(broken.map { $0.split(separator: ":")[0] } == [complaint[...]], "\(broken)")
    try look.execute("UPDATE orders.orders SET status = 'delivered'")
    let now = scene.bazaar.stack.clock.clock.now
    try look.execute(
      """
      UPDATE saga.sagas SET state = 'running', step = NULL, due_at = \(now)
      WHERE definition = 'delivery'
      """)
    try Clerk(scene.bazaar.stack).work()
    try scene.checkInvariants()
  }

  @Test func aReturnThatNobodyCarriesOnIsNamed() throws {
    let scene = try OrderScene()
    let order = try scene.settled()
    try scene.sendBack(order)
    let complaint = "nobody carries on a return whose goods are back"
    let (look, clerk) = (scene.bazaar.stack.look(), try Clerk(scene.bazaar.stack))
    #expect(try BooksStore.broken(look).contains { $0.hasPrefix(complaint) })
    try clerk.hear()
    #expect(try !BooksStore.broken(look).contains { $0.hasPrefix(complaint) })
    try clerk.work()
    try scene.checkInvariants()
  }

  @Test func promotionsWithoutACodeAreToldApart() throws {
    let scene = try OrderScene()
    try scene.automatic(in: scene.shop, for: scene.goods)
    let other = try scene.bazaar.goods([10], in: scene.shop)
    try scene.automatic(in: scene.shop, for: other)
    _ = try scene.settled()
    #expect(try scene.count("SELECT sum(used)::bigint FROM promotions.promotions") == 1)
    try scene.checkInvariants()
  }

  @Test func theSameCodeInTwoShopsIsTwoPromotions() throws {
    let scene = try OrderScene()
    let other = try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller]))
    let elsewhere = try scene.promotion(code: "TEN", limit: 9)
    try scene.bazaar.stack.look().execute(
      "UPDATE promotions.promotions SET shop_id = \(other) WHERE id = \(elsewhere)")
    _ = try scene.promotion(code: "TEN", limit: 9)
    _ = try scene.settled(["promotion_codes": ["TEN"]])
    #expect(try scene.count("SELECT sum(used)::bigint FROM promotions.promotions") == 1)
    try scene.checkInvariants()
  }

  /// Each of these is what a fault of ours would leave behind.
  @Test(
    arguments: [
      ("UPDATE catalog.products SET sold = sold + 1", "not what was sold is counted"),
      (
        "UPDATE promotions.promotions SET used = used + 1",
        "promotion uses are not the orders that hold them"
      ),
      (
        "UPDATE orders.orders SET promotions = '[]'",
        "an order holds other promotions than it was priced with"
      ),
      (
        "UPDATE promotions.customers SET used = used + 1",
        "a customer's uses of a promotion are not those of their orders"
      ),
      (
        "UPDATE saga.sagas SET state = 'waiting', finished_at = NULL, due_at = now()",
        "a saga neither ended nor waits"
      ),
      (
        "UPDATE orders.parcels SET status = 'delivered'",
        "an order's parcels have got elsewhere than the order"
      ),
      (
        "UPDATE payments.payments SET refunding = 1", "a payment's refunds are not what it says"
      ),
      (
        "DELETE FROM outbox.passes WHERE consumer = 'sales'",
        "somebody has not heard of all events"
      ),
      (
        """
        DELETE FROM outbox.positions
        WHERE position = (SELECT max(position) - 1 FROM outbox.ticks)
        """,
        "an event has no place"
      ),
      (
        """
        INSERT INTO notifications.messages
          (id, event_id, user_id, topic, kind, title, text, data, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), m.user_id, m.topic, m.kind, m.title, m.text,
               m.data, m.created_at
        FROM notifications.messages AS m WHERE m.kind = 'order_paid'
        """, "somebody was told twice of the same"
      ),
    ])
  func whatIsWrongIsNamed(_ fault: String, _ complaint: String) throws {
    let scene = try OrderScene()
    _ = try scene.promotion(code: "TEN", limit: 9)
    _ = try scene.settled(["promotion_codes": ["TEN"]])
    try scene.checkInvariants()
    let look = scene.bazaar.stack.look()
    try look.execute("\(unescaped: fault)")
    let broken = try BooksStore.broken(look)
    #expect(broken.contains { $0.hasPrefix(complaint) }, "\(broken)")
  }

  @Test(arguments: ["pending", "delivered", "cancelled"])
  func anOrderThatNobodyCarriesOnIsNamed(_ status: String) throws {
    let scene = try OrderScene()
    let order = try scene.settled()
    let look = scene.bazaar.stack.look()
    try look.execute(
      """
      UPDATE orders.orders SET status = \(status), cancelled_at = now() WHERE id = \(order)
      """)
    let complaint =
      status == "cancelled"
      ? "an order is dead, and its checkout stands"
      : "nobody carries on an order that is not at its end"
    let broken = try BooksStore.broken(look)
    #expect(broken.contains { $0.hasPrefix(complaint) }, "\(broken)")
  }

  @Test func aLetterThatSomebodySettledIsNotComplainedOf() throws {
    let scene = try OrderScene()
    let number = try scene.bazaar.plantDeadLetter()
    let look = scene.bazaar.stack.look()
    #expect(try BooksStore.broken(look).contains { $0.hasPrefix("an event died") })
    try look.execute(
      """
      UPDATE outbox.dead_letters
      SET settled_as = 'dropped', settled_at = now(), settled_by = 'me', settled_because = 'no'
      WHERE number = \(number)
      """)
    try scene.checkInvariants()
  }
}

extension OrderScene {
  /// A tenth off these goods, without a code.
  fileprivate func automatic(in shop: ShopID, for goods: Goods) throws {
    let id = try promotion(code: "AUTO-\(IDSource().uuid().description.suffix(12))", limit: 9)
    try bazaar.stack.look().execute(
      """
      UPDATE promotions.promotions SET code = NULL, product_ids = ARRAY[\(goods.product)]
      WHERE id = \(id)
      """)
  }
}
