import Core
import Crypto
import JSON
import KitTesting
import Payments
import Postgres
import Testing
import souk

/// Kills a function before and after every exchange of every route of the money path that writes.
/// The client then does what clients do: it asks again with the same key.
@Suite struct WriteRouteTests {
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let request: @Sendable (OrderScene) throws -> WriteRequest
  }

  static let cases = [
    Case(description: "place_order") { scene in
      WriteRequest("orders", "POST", "/orders", as: scene.ana, scene.order([scene.wish()]))
    },
    Case(description: "cancel_order") { scene in
      let order = try scene.settled()
      return WriteRequest("orders", "POST", "/orders/\(order)/cancel", as: scene.ana, [:])
    },
    Case(description: "update_parcel") { scene in
      let parcel = try scene.parcel(of: try scene.settled())
      return WriteRequest(
        "orders", "PUT", "/parcels/\(parcel)", as: scene.seller, ["status": "shipped"])
    },
    Case(description: "deliver_parcel") { scene in
      let shipper = try scene.bazaar.visitor([.shipper])
      let parcel = try scene.parcel(of: try scene.settled())
      try #require(scene.update(parcel, ["status": "packed"]).status == 200)
      for verb in ["claim", "pickup"] {
        try #require(scene.send("POST", "/deliveries/\(parcel)/\(verb)", as: shipper).status == 200)
      }
      return WriteRequest("orders", "POST", "/deliveries/\(parcel)/deliver", as: shipper, [:])
    },
    Case(description: "request_return") { scene in
      let order = try scene.settled()
      let parcel = try scene.parcel(of: order)
      for status in ["shipped", "delivered"] {
        try #require(scene.update(parcel, ["status": .string(status)]).status == 200)
      }
      return WriteRequest(
        "orders", "POST", "/orders/\(order)/returns", as: scene.ana, ["reason": "Broken"])
    },
    Case(description: "top_up_wallet") { scene in
      WriteRequest(
        "payments", "POST", "/wallet/topups", as: scene.ana,
        ["amount": scene.money(500), "provider": "sandbox", "method": "approve"])
    },
    Case(description: "save_payment_method") { scene in
      WriteRequest(
        "payments", "POST", "/payment-methods", as: try scene.bazaar.visitor(),
        ["provider": "sandbox", "token": "tok_1", "brand": "visa", "last4": "4242"])
    },
    Case(description: "claim_parcel") { scene in
      let parcel = try scene.parcel(of: try scene.settled())
      try #require(scene.update(parcel, ["status": "packed"]).status == 200)
      return WriteRequest(
        "orders", "POST", "/deliveries/\(parcel)/claim",
        as: try scene.bazaar.visitor([.shipper]), [:])
    },
    Case(description: "refund_payment") { scene in
      let order = try scene.settled()
      return WriteRequest(
        "payments", "POST", "/payments/refund", as: scene.seller,
        [
          "order_id": .string(order.description), "reason": "It broke.",
          "parcel_id": .string(try scene.parcel(of: order)), "amount": scene.money(1000),
        ])
    },
    Case(description: "initiate_payment") { scene in
      let order = try scene.settled(
        ["payment": ["provider": "sandbox", "method": "decline"]])
      return WriteRequest(
        "payments", "POST", "/payments/initiate", as: scene.ana,
        [
          "order_id": .string(order.description), "provider": "sandbox", "method": "approve",
        ])
    },
    Case(description: "take_provider_call") { scene in
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

  @Test(arguments: cases)
  func aLostAnswerIsAskedForAgain(_ tried: Case) throws {
    let scene = try OrderScene(pieces: [1000])
    let stack = scene.bazaar.stack
    let providers = try Providers(Environment(stack.environment(of: "scheduler")))
    let first = try tried.request(scene)
    let program = Program(first.function, on: stack)
    let points = try program.request(first)
    try #require(!points.isEmpty)
    try settle(stack, providers)
    for (place, point) in points.enumerated() {
      for isBefore in [true, false] {
        let death = Program.Death(point: place + 1, isBefore: isBefore)
        let request = try tried.request(scene)
        let before = try count(request, stack)
        try program.request(request, dying: death)
        // Twice: what the second of them says is the answer of the first.
        for _ in 0..<2 { try program.request(request) }
        try settle(stack, providers)
        #expect(
          try count(request, stack) == before + 1, "\(tried), killed \(death): \(point)")
        #expect(
          try BooksStore.broken(stack.look()) == [], "\(tried), killed \(death): \(point)")
      }
    }
    print("\(tried): \(points.count) points, each before and after")
  }

  /// Everything that is due by the clock that programs have.
  private func settle(_ stack: TestStack, _ providers: Providers) throws {
    stack.clock.advance(by: Clock.system.now - stack.clock.clock.now)
    try Clerk(stack, asking: providers).work()
  }

  /// How often something of the request's kind was done.
  private func count(_ request: WriteRequest, _ stack: TestStack) throws -> Int {
    let sql: SQL =
      switch request.path {
      case "/orders": "SELECT count(*) FROM orders.orders"
      case "/wallet/topups": "SELECT count(*) FROM payments.payments WHERE order_id IS NULL"
      case "/payment-methods": "SELECT count(*) FROM payments.methods"
      case "/payments/refund": "SELECT count(*) FROM payments.refunds"
      case "/payments/initiate", "/payments/ipn/sandbox":
        "SELECT count(*) FROM orders.orders WHERE status = 'paid'"
      case let path where path.hasSuffix("/cancel"):
        "SELECT count(*) FROM orders.orders WHERE status = 'cancelled'"
      case let path where path.hasSuffix("/claim"):
        "SELECT count(*) FROM orders.parcels WHERE shipper_id IS NOT NULL"
      case let path where path.hasSuffix("/returns"): "SELECT count(*) FROM orders.returns"
      case let path where path.hasSuffix("/deliver"):
        "SELECT count(*) FROM orders.parcels WHERE status = 'delivered'"
      default: "SELECT count(*) FROM orders.parcels WHERE status = 'shipped'"
      }
    return try stack.look().first(sql) { row in try row.next() } ?? 0
  }
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
}
