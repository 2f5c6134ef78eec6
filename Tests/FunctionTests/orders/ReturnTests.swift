import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ReturnTests {
  /// An order of three pieces, delivered.
  private func delivered(_ scene: OrderScene) throws -> (order: OrderID, parcel: String) {
    let order = try scene.placed([scene.wish(3)])
    let parcel = try #require(try scene.confirm(order).first)
    try scene.bazaar.stack.look().execute(
      "UPDATE orders.parcels SET status = 'delivered' WHERE order_id = \(order)")
    try scene.bazaar.stack.look().execute(
      "UPDATE orders.orders SET status = 'delivered' WHERE id = \(order)")
    return (order, parcel)
  }

  private func ask(_ scene: OrderScene, _ order: OrderID, _ quantity: Int) -> TestAnswer {
    scene.send(
      "POST", "/orders/\(order)/returns", ["items": [scene.wish(quantity)], "reason": "Broken"])
  }

  @Test func partsOfALineNeverSumToMoreThanTheLine() throws {
    let scene = try OrderScene(price: 1000)
    let (order, _) = try delivered(scene)
    try scene.bazaar.stack.look().execute(
      "UPDATE orders.items SET discount = 1 WHERE order_id = \(order)")
    let parts = (0..<3).map { _ in ask(scene, order, 1).data?["amount"]?["amount"]?.integer ?? 0 }
    #expect(parts.reduce(0, +) == 2999)
    #expect(ask(scene, order, 1).violations == ["items[0].quantity out_of_range"])
  }

  /// Also when one of them is not taken back, and its pieces are asked for again.
  @Test func whatWasRejectedMakesNoPartLarger() throws {
    let scene = try OrderScene(price: 1000)
    let (order, _) = try delivered(scene)
    try scene.bazaar.stack.look().execute(
      "UPDATE orders.items SET discount = 2 WHERE order_id = \(order)")
    let refused = ask(scene, order, 2)
    let parts = [ask(scene, order, 1)]
    let put = scene.send(
      "PUT", "/returns/\(refused.data?.id ?? "")", ["status": "rejected"], as: scene.seller)
    #expect(put.status == 200, "\(put)")
    let amounts = (parts + [ask(scene, order, 2)]).map { $0.data?["amount"]?["amount"].integer }
    #expect(amounts.compactMap(\.self).reduce(0, +) == 2998, "\(amounts)")
  }

  @Test func aShopAgreesAndSaysWhatBecameOfTheGoods() throws {
    let scene = try OrderScene()
    let (order, _) = try delivered(scene)
    let made = ask(scene, order, 2)
    #expect(made.status == 201, "\(made)")
    #expect(made.data?["amount"] == scene.money(2000))
    let id = made.data?.id ?? ""
    let put = { (json: JSONValue, visitor: Visitor) in
      scene.send("PUT", "/returns/\(id)", json, as: visitor)
    }
    let early = put(["status": "received", "restock": true], scene.seller)
    #expect(early.code == "illegal_transition")
    #expect(put(["status": "approved"], scene.ana).status == 403)
    #expect(put(["status": "approved"], try scene.bazaar.visitor([.seller])).status == 404)
    #expect(put(["status": "approved"], scene.seller).data?["status"] == "approved")
    #expect(put(["status": "refunded"], scene.seller).code == "illegal_transition")
    #expect(put(["status": "received"], scene.seller).violations == ["restock required"])
    let received = put(["status": "received", "restock": true], scene.seller)
    #expect(received.data?["status"] == "received")
    #expect(scene.send("GET", "/returns/\(id)").data?["restock"] == true)
    #expect(scene.send("GET", "/returns/\(id)", as: try scene.bazaar.visitor()).status == 404)
  }

  @Test func whatWasRefusedCanBeAskedForAgain() throws {
    let scene = try OrderScene()
    let (order, _) = try delivered(scene)
    let first = ask(scene, order, 3)
    #expect(ask(scene, order, 1).status == 422)
    _ = scene.send(
      "PUT", "/returns/\(first.data?.id ?? "")", ["status": "rejected"], as: scene.seller)
    #expect(ask(scene, order, 3).status == 201)
  }

  @Test func onlyWhatWasDeliveredComesBack() throws {
    let scene = try OrderScene()
    let order = try scene.placed()
    #expect(ask(scene, order, 1).code == "nothing_to_return")
    let eve = try scene.bazaar.visitor()
    let (delivered, _) = try delivered(scene)
    let stolen = scene.send("POST", "/orders/\(delivered)/returns", ["reason": "Mine"], as: eve)
    #expect(stolen.status == 404)
  }
}
