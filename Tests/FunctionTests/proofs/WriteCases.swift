import Core
import Crypto
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// A request of a route that writes, and how often something of its kind was done.
struct WriteCase: Sendable, CustomStringConvertible {
  /// The operation in the route table.
  let description: String
  let done: SQL
  let request: @Sendable (OrderScene) throws -> WriteRequest

  init(
    _ description: String, _ done: SQL,
    request: @escaping @Sendable (OrderScene) throws -> WriteRequest
  ) {
    self.description = description
    self.done = done
    self.request = request
  }

  static let all = [
    signing, proving, describing, delivering, shopkeeping, arranging, reviewing, buying, ordering,
    sending, paying, keeping, telling, deciding,
  ].flatMap(\.self)
}

extension WriteCase {
  private static let ordering = [
    WriteCase("place_order", "SELECT count(*) FROM orders.orders") { scene in
      WriteRequest("orders", "POST", "/orders", as: scene.ana, scene.order([scene.wish()]))
    },
    WriteCase("cancel_order", "SELECT count(*) FROM orders.orders WHERE status = 'cancelled'") {
      scene in
      let order = try scene.settled()
      return WriteRequest("orders", "POST", "/orders/\(order)/cancel", as: scene.ana, [:])
    },
    WriteCase("request_return", "SELECT count(*) FROM orders.returns") { scene in
      let order = try scene.settled()
      try scene.deliver(order)
      return WriteRequest(
        "orders", "POST", "/orders/\(order)/returns", as: scene.ana, ["reason": "Broken"])
    },
    WriteCase("update_return", "SELECT count(*) FROM orders.returns WHERE status = 'refunded'") {
      scene in
      let order = try scene.settled()
      try scene.deliver(order)
      let made = scene.send("POST", "/orders/\(order)/returns", ["reason": "Broken"])
      let path = "/returns/\(made.data.id)"
      let agreed = scene.send("PUT", path, ["status": "approved"], as: scene.seller)
      try #require(agreed.status == 200, "\(agreed)")
      return WriteRequest(
        "orders", "PUT", path, as: scene.seller, ["status": "received", "restock": true])
    },
  ]

  private static let sending = [
    WriteCase("update_parcel", "SELECT count(*) FROM orders.parcels WHERE status = 'shipped'") {
      scene in
      let parcel = try scene.parcel(of: try scene.settled())
      return WriteRequest(
        "orders", "PUT", "/parcels/\(parcel)", as: scene.seller, ["status": "shipped"])
    },
    WriteCase("claim_parcel", "SELECT count(*) FROM orders.parcels WHERE shipper_id IS NOT NULL") {
      scene in try scene.delivery("claim", after: [])
    },
    WriteCase("pick_up_parcel", "SELECT count(*) FROM orders.parcels WHERE status = 'shipped'") {
      scene in try scene.delivery("pickup", after: ["claim"])
    },
    WriteCase("deliver_parcel", "SELECT count(*) FROM orders.parcels WHERE status = 'delivered'") {
      scene in try scene.delivery("deliver", after: ["claim", "pickup"])
    },
    WriteCase("fail_parcel", "SELECT count(*) FROM orders.parcels WHERE status = 'failed'") {
      scene in
      try scene.delivery("fail", after: ["claim", "pickup"], ["note": "Nobody at home."])
    },
  ]

  private static let paying = [
    WriteCase("initiate_payment", "SELECT count(*) FROM orders.orders WHERE status = 'paid'") {
      scene in
      let order = try scene.settled(
        ["payment": ["provider": "sandbox", "method": "decline"]])
      return WriteRequest(
        "payments", "POST", "/payments/initiate", as: scene.ana,
        [
          "order_id": .string(order.description), "provider": "sandbox", "method": "approve",
        ])
    },
    WriteCase("confirm_payment", "SELECT count(*) FROM orders.orders WHERE status = 'paid'") {
      scene in
      let (payment, stack) = (try scene.waitingPayment(), scene.bazaar.stack)
      let id = try #require(PaymentID(payment))
      // The provider has the money by now.
      try stack.look().execute(
        """
        UPDATE payments.sandbox_charges SET settles_at = \(Clock.system.now)
        WHERE payment_id = \(id)
        """)
      return WriteRequest("payments", "POST", "/payments/\(payment)/confirm", as: scene.ana, [:])
    },
    WriteCase("refund_payment", "SELECT count(*) FROM payments.refunds") { scene in
      let order = try scene.settled()
      return WriteRequest(
        "payments", "POST", "/payments/refund", as: scene.seller,
        [
          "order_id": .string(order.description), "reason": "It broke.",
          "parcel_id": .string(try scene.parcel(of: order)), "amount": scene.money(1000),
        ])
    },
    WriteCase("create_refund", "SELECT count(*) FROM payments.refunds") { scene in
      let order = try scene.settled()
      let payment = try #require(scene.get(order).data?["payment"].id)
      return WriteRequest(
        "payments", "POST", "/payments/\(payment)/refunds", as: scene.seller,
        ["reason": "It broke.", "amount": scene.money(300)])
    },
    WriteCase(
      "top_up_wallet",
      "SELECT count(*) FROM payments.payments WHERE order_id IS NULL AND captured > 0"
    ) { scene in
      WriteRequest(
        "payments", "POST", "/wallet/topups", as: scene.ana,
        ["amount": scene.money(500), "provider": "sandbox", "method": "approve"])
    },
    WriteCase("take_provider_call", "SELECT count(*) FROM orders.orders WHERE status = 'paid'") {
      scene in
      let order = try scene.settled(["payment": ["provider": "sandbox", "method": "never"]])
      let body = JSONValue.object([
        "payment_id": .string(try #require(scene.get(order).data?["payment"].id)),
        "status": "captured", "amount": scene.money(1000),
      ]).bytes
      let time = Clock.system.now.seconds
      let code = HMACSHA256.code(
        Array("\(time).".utf8) + body, key: Array("sandbox-of-a-test".utf8))
      return WriteRequest(
        "webhooks", "POST", "/payments/ipn/sandbox", body,
        ["HTTP_SOUK_SIGNATURE": "t=\(time),v1=\(Hex.encode(code))"])
    },
  ]

  private static let keeping = [
    WriteCase("save_payment_method", "SELECT count(*) FROM payments.methods") { scene in
      WriteRequest(
        "payments", "POST", "/payment-methods", as: try scene.bazaar.visitor(),
        ["provider": "sandbox", "token": "tok_1", "brand": "visa", "last4": "4242"])
    },
    WriteCase(
      "update_payment_method", "SELECT count(*) FROM payments.methods WHERE label IS NOT NULL"
    ) { scene in
      let (visitor, method) = try scene.savedMethod()
      return WriteRequest(
        "payments", "PUT", "/payment-methods/\(method)", as: visitor, ["label": "Mine"])
    },
    WriteCase("delete_payment_method", "SELECT 1000000 - count(*) FROM payments.methods") {
      scene in
      let (visitor, method) = try scene.savedMethod()
      return WriteRequest("payments", "DELETE", "/payment-methods/\(method)", as: visitor, nil)
    },
    WriteCase(
      "set_default_payment_method",
      "SELECT count(*) FROM payments.methods WHERE is_default AND token = 'second'"
    ) { scene in
      let (visitor, method) = try scene.savedMethod()
      return WriteRequest(
        "payments", "PUT", "/payment-methods/\(method)/default", as: visitor, [:])
    },
  ]

  private static let telling = [
    WriteCase(
      "read_notification",
      "SELECT count(*) FROM notifications.messages WHERE read_at IS NOT NULL"
    ) { scene in
      let visitor = try scene.bazaar.visitor()
      let message = try scene.bazaar.told(visitor)
      return WriteRequest(
        "notifications", "POST", "/notifications/\(message)/read", as: visitor, [:])
    },
    WriteCase(
      "update_notification_preferences",
      "SELECT count(*) FROM notifications.preferences WHERE NOT mail"
    ) { scene in
      WriteRequest(
        "notifications", "PUT", "/notifications/preferences", as: try scene.bazaar.visitor(),
        ["orders": ["mail": false]])
    },
  ]
}

extension OrderScene {
  /// An order that has come as far as it can: paid, with one parcel, if nothing else was wished.
  func settled(_ members: JSONValue = [:]) throws -> OrderID {
    let order = try placed(nil, members)
    try Clerk(bazaar.stack).work()
    return order
  }

  func parcel(of order: OrderID) throws -> String {
    try #require(get(order).data?["parcels"]?[0]?.id)
  }

  /// What a shipper does with a parcel that is packed, after having done the rest.
  fileprivate func delivery(
    _ verb: String, after verbs: [String], _ body: JSONValue = [:]
  ) throws -> WriteRequest {
    let shipper = try bazaar.visitor([.shipper])
    let parcel = try parcel(of: try settled())
    try #require(update(parcel, ["status": "packed"]).status == 200)
    for verb in verbs {
      try #require(send("POST", "/deliveries/\(parcel)/\(verb)", as: shipper).status == 200)
    }
    return WriteRequest("orders", "POST", "/deliveries/\(parcel)/\(verb)", as: shipper, body)
  }

  /// One that the sandbox knows and that nobody has paid.
  func waitingPayment() throws -> String {
    let order = try placed(nil, ["payment": ["provider": "sandbox", "method": "never"]])
    let providers = try Providers(Environment(bazaar.stack.environment(of: "scheduler")))
    try Clerk(bazaar.stack, asking: providers).work()
    return try #require(get(order).data?["payment"].id)
  }

  /// The second of somebody's two.
  fileprivate func savedMethod() throws -> (Visitor, String) {
    let visitor = try bazaar.visitor()
    let payments = try Bazaar.payments(on: bazaar.stack)
    let ids = try ["first", "second"].map { token in
      let answer = payments.send(
        "POST", "/api/v1/payment-methods", token: visitor.token,
        json: ["provider": "sandbox", "token": .string(token)])
      return try #require(answer.data?["id"]?.string, "\(answer)")
    }
    return (visitor, ids[1])
  }
}
