import Core
import HTTP
import JSON
import KitTesting
import Orders
import Payments
import Postgres
import Testing
import payments

private let paymentRoutes = payments.routes

/// What people give back by hand, and what goes back by itself, are the same money.
@Suite struct GivingBackTests {
  private let scene: OrderScene
  private let other: Goods
  private let rival: Visitor
  private let till: TestFunction

  /// Two pieces of 1000 from one shop and one of 500 from another.
  init() throws {
    scene = try OrderScene()
    rival = try scene.bazaar.visitor([.seller])
    other = try scene.bazaar.goods([4], in: try scene.bazaar.shop(of: rival), price: 500)
    till = try scene.bazaar.stack.function("payments", paymentRoutes, own: Providers.self)
  }

  private func work() throws { try Clerk(scene.bazaar.stack).work() }

  private func settled(_ members: JSONValue = [:]) throws -> (OrderID, own: String, rivals: String)
  {
    let order = try scene.placed([scene.wish(2), scene.wish(1, of: other.variant)], members)
    try work()
    let parcels = scene.get(order).data?["parcels"]?.array ?? []
    let own = parcels.first { $0["shop_id"]?.string == scene.shop.description }
    let rivals = parcels.first { $0["shop_id"]?.string != scene.shop.description }
    return (order, try #require(own?.id), try #require(rivals?.id))
  }

  private func refund(_ amount: Int64, of order: OrderID) throws {
    let answer = till.send(
      "POST", "/api/v1/payments/refund", token: scene.seller.token,
      json: [
        "order_id": .string(order.description), "amount": scene.money(amount),
        "reason": "Scratched",
      ],
      headers: [(.idempotencyKey, IDSource().uuid().description)])
    try #require(answer.status == 201, "\(answer)")
  }

  private func deliver(_ parcel: String, by visitor: Visitor? = nil) throws {
    for status: JSONValue in ["shipped", "delivered"] {
      let answer = scene.update(parcel, ["status": status], as: visitor)
      try #require(answer.status == 200, "\(answer)")
    }
  }

  private func sendBack(_ pieces: Int, of order: OrderID) throws -> String {
    let made = scene.send(
      "POST", "/orders/\(order)/returns", ["items": [scene.wish(pieces)], "reason": "Broken"])
    let id = try #require(made.data?.id, "\(made)")
    for json: JSONValue in [["status": "approved"], ["status": "received", "restock": true]] {
      #expect(scene.send("PUT", "/returns/\(id)", json, as: scene.seller).status == 200)
    }
    try work()
    return id
  }

  private func given(_ parcel: String) throws -> Int {
    try scene.count(
      """
      SELECT COALESCE(sum(r.amount), 0)::bigint FROM payments.refunds AS r
      WHERE r.parcel_id = \(ParcelID(parcel)) AND r.status = 'succeeded'
      """)
  }

  @Test(arguments: [100, 2000] as [Int64]) func aReturnGetsWhatIsLeft(_ before: Int64) throws {
    let (order, own, rivals) = try settled()
    try deliver(own)
    try deliver(rivals, by: rival)
    try refund(before, of: order)
    let id = try sendBack(2, of: order)
    #expect(try given(own) == 2000)
    #expect(scene.send("GET", "/returns/\(id)").data?["status"] == "refunded")
    #expect(try scene.count("SELECT count(*) FROM saga.sagas WHERE state = 'undone'") == 0)
    #expect(scene.get(order).data?["payment"]?["status"] == "partially_refunded")
  }

  @Test(arguments: [100, 2000] as [Int64]) func aParcelGivenUpGetsWhatIsLeft(
    _ before: Int64
  ) throws {
    let (order, own, _) = try settled()
    try refund(before, of: order)
    #expect(scene.update(own, ["status": "cancelled"]).status == 200)
    try work()
    #expect(try given(own) == 2000)
    #expect(try scene.count("SELECT count(*) FROM saga.sagas WHERE state = 'undone'") == 0)
    #expect(try scene.stock() == "10 0")
    let words = scene.send("GET", "/orders/\(order)/timeline").each("words")
    #expect(words.contains("The goods of a parcel were put back."), "\(words)")
    #expect(words.contains("Nothing is owed for them any more."), "\(words)")
    #expect(
      try scene.count("SELECT stake_amount FROM saga.sagas WHERE definition = 'parcel'") == 2000)
  }

  /// The last parcel is given up and the order is delivered by that: whichever is looked at first.
  @Test(arguments: [["delivery", "parcel"], ["parcel", "delivery"]])
  func cashIsForWhatWasDelivered(_ sagas: [String]) throws {
    let (order, own, rivals) = try settled(["payment": ["provider": "cod"]])
    try deliver(rivals, by: rival)
    #expect(scene.update(own, ["status": "cancelled"]).status == 200)
    let clerk = try Clerk(scene.bazaar.stack)
    try clerk.hear()
    for saga in sagas {
      let parcel = try #require(ParcelID(own))
      try clerk.advance(saga, saga == "parcel" ? parcel.uuid : order.uuid)
    }
    try clerk.work()
    let captured = "SELECT captured FROM payments.payments WHERE order_id = \(order)" as SQL
    #expect(try scene.count(captured) == 500)
    #expect(try scene.count("SELECT count(*) FROM payments.refunds") == 0)
    #expect(try scene.stock() == "10 0")
    try scene.checkInvariants()
  }

  /// All the money goes back before anything is sent: the goods are not lost with it.
  @Test func whatWasGivenBackEndsWithItsParcels() throws {
    let (order, own, rivals) = try settled()
    let answer = till.send(
      "POST", "/api/v1/payments/refund", token: try scene.bazaar.visitor([.admin]).token,
      json: [
        "order_id": .string(order.description), "amount": scene.money(2500), "reason": "Sorry",
      ],
      headers: [(.idempotencyKey, "all")])
    try #require(answer.status == 201, "\(answer)")
    try work()
    #expect(scene.status(order) == "paid")
    #expect(scene.get(order).data?["payment"]?["status"] == "refunded")
    try scene.checkInvariants()
    #expect(scene.update(own, ["status": "cancelled"]).status == 200)
    try work()
    #expect(try scene.stock() == "10 0")
    try deliver(rivals, by: rival)
    try work()
    #expect(scene.status(order) == "refunded")
    #expect(try scene.count("SELECT refunded FROM payments.payments") == 2500)
    try scene.checkInvariants()
  }

  /// One parcel of two came, was paid at the door and sent back; the other never comes.
  @Test func cashThatIsNeverBookedIsForAnOperator() throws {
    let (order, own, _) = try settled(["payment": ["provider": "cod"]])
    try deliver(own)
    _ = try sendBack(1, of: order)
    try work()
    let state = "SELECT count(*) FROM saga.sagas AS s WHERE s.definition = 'return' AND s.state ="
    #expect(try scene.count("\(unescaped: state) 'waiting'") == 1)
    scene.bazaar.stack.clock.advance(by: .days(31))
    try work()
    #expect(try scene.count("\(unescaped: state) 'stuck'") == 1)
  }

  /// By an operator's word all of the money goes back, and the goods that are still there.
  @Test func compensatingTakesBackWhatIsStillHere() throws {
    let (order, own, rivals) = try settled()
    try deliver(rivals, by: rival)
    try scene.bazaar.stack.look().execute(
      """
      SELECT saga.decide(
        s.id, 'compensate', 'usr_1', 'fraud', \(scene.bazaar.stack.clock.clock.now))
      FROM saga.sagas AS s
      WHERE s.definition = 'checkout'
      """)
    try work()
    #expect(try scene.stock() == "10 0")
    let left = "SELECT on_hand FROM inventory.stock WHERE variant_id = \(other.variants[0])" as SQL
    #expect(try scene.count(left) == 3)
    #expect(scene.get(order).data?["payment"]?["status"] == "refunded")
    #expect(scene.update(own, ["status": "shipped"]).status == 409)
  }
}
