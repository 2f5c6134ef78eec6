import Core
import JSON
import KitTesting
import Testing

/// Something an order goes through. `prepare` brings it to where the scheduled function takes
/// over, `ends` is where it must end, whatever was killed.
struct Story: Sendable, CustomStringConvertible {
  let description: String
  let ends: String
  /// How often the scheduled function runs until then. Between them what was due later is due.
  let acts: Int
  /// Somebody outside is asked: whoever comes after a death waits for what had begun.
  let isOutside: Bool
  let prepare: @Sendable (World) throws -> OrderID

  init(
    _ description: String, ends: String, prepare: @escaping @Sendable (OrderScene) throws -> OrderID
  ) {
    self.description = description
    self.ends = ends
    acts = 1
    isOutside = false
    self.prepare = { try prepare($0.scene) }
  }

  init(
    outside description: String, ends: String, acts: Int = 1,
    prepare: @escaping @Sendable (World) throws -> OrderID
  ) {
    self.description = description
    self.ends = ends
    self.acts = acts
    isOutside = true
    self.prepare = prepare
  }
}

extension Story {
  static let inside = [
    Story("an order that is paid", ends: "paid") { scene in
      try scene.fillCart(2)
      return try scene.placed(nil, ["items": nil, "promotion_codes": ["TEN"]])
    },
    Story("a payment that is declined", ends: "payment_failed") { scene in
      try scene.placed(
        nil,
        [
          "payment": ["provider": "sandbox", "method": "decline"], "promotion_codes": ["TEN"],
        ])
    },
    Story("an order without goods", ends: "cancelled") { scene in
      // Enough that nobody is told of low stock, which would be one point more the first time.
      try scene.goods.setStock(20, by: scene.seller.user, on: scene.bazaar.stack)
      let order = try scene.placed([scene.wish(20)], ["promotion_codes": ["TEN"]])
      try scene.goods.setStock(19, by: scene.seller.user, on: scene.bazaar.stack)
      return order
    },
    Story("three orders that are paid together", ends: "paid") { scene in
      try scene.fillCart(2)
      _ = try scene.placed(nil, ["items": nil, "promotion_codes": ["TEN"]])
      _ = try scene.placed([scene.wish(2)], ["payment": ["provider": "cod"]])
      return try scene.placed(nil, ["promotion_codes": ["TEN"]])
    },
    Story("three together, and one without goods", ends: "cancelled") { scene in
      _ = try scene.placed()
      try scene.goods.setStock(20, by: scene.seller.user, on: scene.bazaar.stack)
      let order = try scene.placed([scene.wish(20)], ["promotion_codes": ["TEN"]])
      _ = try scene.placed(nil, ["promotion_codes": ["TEN"]])
      try scene.goods.setStock(19, by: scene.seller.user, on: scene.bazaar.stack)
      return order
    },
    Story("a cancelled order that was paid", ends: "cancelled") { scene in
      let order = try scene.placed(nil, ["promotion_codes": ["TEN"]])
      try Clerk(scene.bazaar.stack).work()
      try #require(scene.send("POST", "/orders/\(order)/cancel").status == 200)
      return order
    },
    Story("cash at the door", ends: "delivered") { scene in
      let order = try scene.placed(nil, ["payment": ["provider": "cod"]])
      try Clerk(scene.bazaar.stack).work()
      let parcel = scene.get(order).data?["parcels"]?[0]?.id ?? ""
      for status in ["shipped", "delivered"] {
        try #require(scene.update(parcel, ["status": .string(status)]).status == 200)
      }
      return order
    },
    Story("a parcel given up", ends: "paid") { scene in
      let other = try scene.bazaar.goods(
        [100], in: try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller])))
      let order = try scene.placed([scene.wish(), scene.wish(1, of: other.variant)])
      try Clerk(scene.bazaar.stack).work()
      let parcel = scene.get(order).data?["parcels"]?.array?
        .first { $0["shop_id"]?.string == scene.shop.description }
      try #require(scene.update(parcel?.id ?? "", ["status": "cancelled"]).status == 200)
      return order
    },
    Story("goods that come back", ends: "delivered") { scene in
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
}
