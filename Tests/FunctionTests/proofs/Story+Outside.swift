import Core
import JSON
import KitTesting
import Testing

extension Story {
  static let outside = sandbox + cards + elsewhere

  private static let sandbox =
    ["slow": [World.Pause.providers], "twice": [], "early": []].sorted { $0.key < $1.key }.map {
      method, pauses in
      Story(outside: "a sandbox that is \(method)", ends: "paid", after: pauses) { world in
        try world.scene.placed(
          nil, ["payment": ["provider": "sandbox", "method": .string(method)]])
      }
    } + [
      // It comes once the order has run out of time, and not while somebody is at that.
      Story(
        outside: "money that comes too late", ends: "expired", after: [.providers],
        waitsAfterDeath: false
      ) { world in
        let order = try world.scene.placed(
          nil, ["payment": ["provider": "sandbox", "method": "late"], "promotion_codes": ["TEN"]])
        try world.work()
        try world.pass(.expiry)
        return order
      }
    ]

  private static let cards = [
    Story(outside: "a card that is charged", ends: "paid", after: [.providers]) { world in
      world.stripe.letEverybodyPay()
      return try world.scene.placed(nil, ["payment": ["provider": "stripe"]])
    },
    Story(
      outside: "a card that gets its money back", ends: "cancelled", with: .isGivenBack
    ) { world in
      world.stripe.letEverybodyPay()
      let order = try world.paid("stripe")
      try #require(world.scene.send("POST", "/orders/\(order)/cancel").status == 200)
      return order
    },
    Story(
      outside: "a card that gets back what a parcel cost", ends: "paid", with: .parcelIsPaidBack,
      after: [.providers]
    ) { world in
      world.stripe.letEverybodyPay()
      let scene = world.scene
      let other = try scene.bazaar.goods(
        [100], in: try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller])))
      let order = try world.paid("stripe", [scene.wish(), scene.wish(1, of: other.variant)])
      try scene.giveUpParcel(of: order)
      return order
    },
    Story(
      outside: "a card that is not charged any more", ends: "cancelled", with: .isClosed
    ) { world in
      let order = try world.scene.placed(nil, ["payment": ["provider": "stripe"]])
      try world.work()
      try #require(try world.scene.statusInDatabase(order) == "awaiting_payment")
      try #require(world.scene.send("POST", "/orders/\(order)/cancel").status == 200)
      return order
    },
  ]

  private static let elsewhere = [
    Story(outside: "MoMo", ends: "paid", after: [.providers], currency: "VND") { world in
      world.momo.letEverybodyPay()
      return try world.scene.placed(nil, ["payment": ["provider": "momo"]])
    },
    Story(
      outside: "goods that come back to MoMo", ends: "delivered", with: .returnIsPaidBack,
      after: [.providers], currency: "VND"
    ) { world in
      world.momo.letEverybodyPay()
      let order = try world.paid("momo", [world.scene.wish(2)])
      try world.scene.sendBack(order)
      return order
    },
    Story(outside: "Midtrans", ends: "paid", after: [.providers], currency: "IDR") { world in
      world.midtrans.letEverybodyPay()
      return try world.scene.placed(nil, ["payment": ["provider": "midtrans"]])
    },
    Story(
      outside: "Midtrans gives it back", ends: "cancelled", with: .isGivenBack, currency: "IDR"
    ) { world in
      world.midtrans.letEverybodyPay()
      let order = try world.paid("midtrans")
      try #require(world.scene.send("POST", "/orders/\(order)/cancel").status == 200)
      return order
    },
  ]
}

extension World {
  /// An order that this provider was asked about until it was paid.
  fileprivate func paid(_ provider: String, _ items: [JSONValue]? = nil) throws -> OrderID {
    let order = try scene.placed(items, ["payment": ["provider": .string(provider)]])
    for _ in 1...2 {
      try work()
      try pass(.providers)
    }
    try #require(try scene.statusInDatabase(order) == "paid")
    return order
  }
}
