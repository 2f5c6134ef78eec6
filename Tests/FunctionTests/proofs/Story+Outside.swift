import Core
import JSON
import KitTesting
import Testing

extension Story {
  static let outside =
    ["slow": 2, "twice": 1, "early": 1].sorted { $0.key < $1.key }.map { method, acts in
      Story(outside: "a sandbox that is \(method)", ends: "paid", acts: acts) { world in
        try world.scene.placed(
          nil, ["payment": ["provider": "sandbox", "method": .string(method)]])
      }
    } + [
      Story(outside: "a card that is charged", ends: "paid", acts: 2) { world in
        world.stripe.letEverybodyPay()
        return try world.scene.placed(nil, ["payment": ["provider": "stripe"]])
      },
      Story(outside: "a card that gets its money back", ends: "cancelled") { world in
        world.stripe.letEverybodyPay()
        let order = try world.scene.placed(nil, ["payment": ["provider": "stripe"]])
        for _ in 1...2 {
          try world.work()
          try world.letTimePass()
        }
        try #require(try world.scene.statusInDatabase(order) == "paid")
        try #require(world.scene.send("POST", "/orders/\(order)/cancel").status == 200)
        return order
      },
      Story(outside: "a card that is not charged any more", ends: "cancelled") { world in
        let order = try world.scene.placed(nil, ["payment": ["provider": "stripe"]])
        try world.work()
        try #require(try world.scene.statusInDatabase(order) == "awaiting_payment")
        try #require(world.scene.send("POST", "/orders/\(order)/cancel").status == 200)
        return order
      },
    ]
}
