import Core
import HTTP
import JSON
import KitTesting
import Testing

extension Story {
  /// What happens when time has passed, when somebody tries again, and what is told of it.
  static let later = [
    Story(
      "an order that nobody pays", ends: "expired", news: ["orders", "saga"], takesLooks: true
    ) { world in
      let order = try world.scene.placed(
        nil, ["payment": ["provider": "sandbox", "method": "never"], "promotion_codes": ["TEN"]])
      try world.work()
      try #require(try world.scene.statusInDatabase(order) == "awaiting_payment")
      try world.pass(.expiry)
      return order
    },
    Story("an order that is complete", ends: "completed", news: ["orders", "saga"]) { world in
      let order = try world.scene.placed()
      try world.work()
      try world.scene.deliver(order)
      try world.work()
      try world.pass(.week)
      return order
    },
    Story("a second attempt to pay", ends: "paid", news: ["orders", "saga"]) { world in
      let scene = world.scene
      let order = try scene.placed(
        nil,
        ["payment": ["provider": "sandbox", "method": "decline"], "promotion_codes": ["TEN"]])
      try world.work()
      try #require(try scene.statusInDatabase(order) == "payment_failed")
      try scene.pay(
        "/payments/initiate",
        ["order_id": .string(order.description), "provider": "sandbox", "method": "approve"])
      return order
    },
    Story("an order paid from the wallet", ends: "paid", news: ["payments.", "saga"]) { world in
      let scene = world.scene
      try scene.pay(
        "/wallet/topups",
        ["amount": scene.money(5000), "provider": "sandbox", "method": "approve"])
      try world.work()
      return try scene.placed(nil, ["payment": ["provider": "wallet"]])
    },
    Story(
      "an order that is told of by mail", ends: "paid", news: ["notifications."], sendsMail: true,
      takesLooks: true
    ) { world in
      try world.scene.placed()
    },
  ]
}

extension OrderScene {
  fileprivate func pay(_ path: String, _ json: JSONValue) throws {
    let answer = try Bazaar.payments(on: bazaar.stack).send(
      "POST", "/api/v1\(path)", token: ana.token, json: json,
      headers: [(.idempotencyKey, IDSource().uuid().description)])
    try #require((200..<300).contains(answer.status), "\(answer)")
  }
}
