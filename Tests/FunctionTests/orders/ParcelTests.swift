import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ParcelTests {
  private func shipper(_ scene: OrderScene) throws -> Visitor {
    try scene.bazaar.visitor([.shipper])
  }

  /// An order whose parcel waits for a shipper.
  private func packed(_ scene: OrderScene) throws -> (order: OrderID, parcel: String) {
    let order = try scene.placed()
    let parcel = try #require(try scene.confirm(order).first)
    try #require(scene.update(parcel, ["status": "packed"]).status == 200)
    return (order, parcel)
  }

  private func carry(
    _ scene: OrderScene, _ parcel: String, _ verb: String, by shipper: Visitor,
    _ json: JSONValue? = nil
  ) -> TestAnswer {
    scene.send("POST", "/deliveries/\(parcel)/\(verb)", json, as: shipper)
  }

  @Test func aParcelGoesFromItsShopToTheDoor() throws {
    let scene = try OrderScene()
    let order = try scene.placed()
    let parcel = try #require(try scene.confirm(order).first)
    #expect(scene.status(order) == "paid")
    let shipper = try shipper(scene)
    #expect(scene.update(parcel, ["status": "processing"]).status == 200)
    #expect(scene.status(order) == "processing")
    #expect(carry(scene, parcel, "claim", by: shipper).code == "illegal_transition")
    #expect(scene.update(parcel, ["status": "packed"]).data?["status"] == "packed")
    #expect(carry(scene, parcel, "pickup", by: shipper).code == "not_claimed")
    let free = scene.send("GET", "/deliveries", as: shipper)
    #expect(free.data?[0]["id"].string == parcel)
    // Where it goes, but not to whom: anybody may become a shipper.
    let area = try #require(free.data?[0]["address"].object)
    #expect(area["city"] == "Ha Noi")
    #expect(Set(area.members.map(\.0)) == ["ward", "district", "city", "postcode", "country"])
    #expect(carry(scene, parcel, "claim", by: shipper).status == 200)
    #expect(scene.send("GET", "/deliveries", as: shipper).data?.array?.isEmpty == true)
    let mine = scene.send("GET", "/deliveries?status=mine", as: shipper)
    #expect(mine.data?[0]["shipper"]["id"].string == shipper.id)
    #expect(mine.data?[0]["address"]["recipient"].string?.isEmpty == false)
    #expect(carry(scene, parcel, "deliver", by: shipper).code == "illegal_transition")
    #expect(carry(scene, parcel, "pickup", by: shipper).data?["status"] == "shipped")
    #expect(scene.status(order) == "shipped")
    #expect(carry(scene, parcel, "deliver", by: shipper).data?["status"] == "delivered")
    #expect(scene.status(order) == "delivered")
    #expect(
      try scene.events(order).filter { $0.hasPrefix("order.") } == [
        "order.placed.v1", "order.paid.v1", "order.confirmed.v1", "order.shipped.v1",
        "order.delivered.v1",
      ])
    let timeline = scene.send("GET", "/orders/\(order)/timeline")
    #expect(timeline.each("words").last == "Everything was delivered.")
  }

  @Test func whatIsNotPaidIsNotShipped() throws {
    let scene = try OrderScene()
    let order = try scene.placed()
    let parcel = try #require(try scene.confirm(order).first)
    try scene.bazaar.stack.look().execute(
      "UPDATE orders.orders SET status = 'awaiting_payment' WHERE id = \(order)")
    let answer = scene.update(parcel, ["status": "shipped"])
    #expect(answer.status == 409)
    #expect(answer.code == "illegal_transition")
  }

  @Test func aParcelIsItsShopsAlone() throws {
    let scene = try OrderScene()
    let parcel = try #require(try scene.confirm(try scene.placed()).first)
    let other = try scene.bazaar.visitor([.seller])
    _ = try scene.bazaar.shop(of: other)
    #expect(scene.update(parcel, ["status": "packed"], as: other).status == 404)
    #expect(scene.update(parcel, ["status": "packed"], as: scene.ana).status == 403)
    #expect(scene.send("GET", "/shops/\(scene.shop)/orders", as: other).status == 404)
    let own = scene.send("GET", "/shops/\(scene.shop)/orders", as: scene.seller)
    #expect(own.data?[0]["id"].string == parcel)
  }

  @Test func ofManyShippersOneWins() throws {
    let scene = try OrderScene()
    let parcel = try packed(scene).parcel
    let shippers = try (0..<8).map { _ in try shipper(scene) }
    let answers = try Together.run(
      threads: 8,
      prepare: { [stack = scene.bazaar.stack, tokens = shippers.map(\.token)] thread in
        (try Bazaar.orders(on: stack), tokens[thread])
      }
    ) { worker, _ in
      worker.0.send(
        "POST", "/api/v1/deliveries/\(parcel)/claim", token: worker.1, bytes: nil
      ).status
    }[0]
    #expect(answers.filter { $0 == 200 }.count == 1)
    #expect(answers.filter { $0 == 409 }.count == 7)
  }

  /// Whoever claims what they never pick up keeps it from nobody.
  @Test func aClaimIsVoidAfterADay() throws {
    let scene = try OrderScene()
    let parcel = try packed(scene).parcel
    let (first, second) = (try shipper(scene), try shipper(scene))
    #expect(carry(scene, parcel, "claim", by: first).status == 200)
    scene.bazaar.stack.clock.advance(by: .hours(23))
    func again(_ shipper: Visitor) throws -> Visitor {
      try scene.bazaar.session(of: shipper.user, roles: ["customer", "shipper"])
    }
    #expect(carry(scene, parcel, "claim", by: try again(second)).code == "already_claimed")
    scene.bazaar.stack.clock.advance(by: .hours(2))
    let free = scene.send("GET", "/deliveries", as: try again(second))
    #expect(free.each("id") == [parcel])
    #expect(carry(scene, parcel, "claim", by: try again(second)).status == 200)
    #expect(carry(scene, parcel, "pickup", by: try again(first)).status == 404)
    #expect(carry(scene, parcel, "claim", by: try again(first)).code == "already_claimed")
    #expect(carry(scene, parcel, "pickup", by: try again(second)).status == 200)
  }

  /// A shipper who is gone tells nobody what became of it: an administrator does.
  @Test func whatALostShipperCarriesEndsAllTheSame() throws {
    let scene = try OrderScene()
    let (order, parcel) = try packed(scene)
    let shipper = try shipper(scene)
    _ = carry(scene, parcel, "claim", by: shipper)
    _ = carry(scene, parcel, "pickup", by: shipper)
    #expect(scene.update(parcel, ["status": "delivered"]).code == "illegal_transition")
    let admin = try scene.bazaar.visitor([.admin])
    #expect(scene.update(parcel, ["status": "delivered"], as: admin).status == 200)
    #expect(scene.status(order) == "delivered")
  }

  /// The shop waits for no shipper, and tells then itself that it came.
  @Test func whatWasClaimedMayBeSentByItsShop() throws {
    let scene = try OrderScene()
    let (order, parcel) = try packed(scene)
    let shipper = try shipper(scene)
    _ = carry(scene, parcel, "claim", by: shipper)
    let sent = scene.update(parcel, ["status": "shipped"])
    #expect(sent.data?["shipper"] == .null, "\(sent)")
    #expect(carry(scene, parcel, "deliver", by: shipper).status == 404)
    #expect(scene.update(parcel, ["status": "delivered"]).status == 200)
    #expect(scene.status(order) == "delivered")
  }

  /// Who brings it says that it came, and takes the cash.
  @Test func nobodyBringsWhatTheyBought() throws {
    let scene = try OrderScene()
    let parcel = try packed(scene).parcel
    let ana = try scene.bazaar.session(of: scene.ana.user, roles: ["customer", "shipper"])
    #expect(carry(scene, parcel, "claim", by: ana).code == "own_order")
  }

  @Test func whatCouldNotBeDeliveredIsPackedAgain() throws {
    let scene = try OrderScene()
    let parcel = try packed(scene).parcel
    let shipper = try shipper(scene)
    _ = carry(scene, parcel, "claim", by: shipper)
    _ = carry(scene, parcel, "pickup", by: shipper)
    let failed = carry(scene, parcel, "fail", by: shipper, ["note": "Nobody at home."])
    #expect(failed.data?["status"] == "failed", "\(failed)")
    #expect(failed.data?["shipper"] == .null)
    #expect(scene.update(parcel, ["status": "packed"]).status == 200)
    #expect(carry(scene, parcel, "claim", by: try self.shipper(scene)).status == 200)
  }

  @Test func cancellingEndsWithTheFirstShipment() throws {
    let scene = try OrderScene()
    let order = try scene.placed()
    let parcel = try #require(try scene.confirm(order).first)
    let early = try scene.placed()
    let answer = scene.send("POST", "/orders/\(early)/cancel", ["reason": "Too slow"])
    #expect(answer.data?["status"] == "cancelled")
    #expect(answer.data?["cancel_reason"] == "Too slow")
    #expect(scene.send("POST", "/orders/\(early)/cancel").status == 200)
    #expect(try scene.events(early) == ["order.placed.v1", "order.cancelled.v1"])
    #expect(scene.update(parcel, ["status": "shipped", "tracking": "VN1"]).status == 200)
    let late = scene.send("POST", "/orders/\(order)/cancel")
    #expect(late.status == 409)
    #expect(late.code == "illegal_transition")
  }
}
