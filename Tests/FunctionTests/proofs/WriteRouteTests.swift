import Core
import JSON
import KitTesting
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
  ]

  @Test(arguments: cases)
  func aLostAnswerIsAskedForAgain(_ tried: Case) throws {
    let scene = try OrderScene(pieces: [1000])
    let stack = scene.bazaar.stack
    let first = try tried.request(scene)
    let program = Program(first.function, on: stack)
    let points = try program.request(first)
    try #require(!points.isEmpty)
    for (place, point) in points.enumerated() {
      for isBefore in [true, false] {
        let death = Program.Death(point: place + 1, isBefore: isBefore)
        let request = try tried.request(scene)
        let before = try count(request, stack)
        try program.request(request, dying: death)
        // Twice: what the second of them says is the answer of the first.
        for _ in 0..<2 { try program.request(request) }
        try Clerk(stack).work()
        #expect(
          try count(request, stack) == before + 1, "\(tried), killed \(death): \(point)")
        #expect(
          try BooksStore.broken(stack.look()) == [], "\(tried), killed \(death): \(point)")
      }
    }
    print("\(tried): \(points.count) points, each before and after")
  }

  /// How often something of the request's kind was done.
  private func count(_ request: WriteRequest, _ stack: TestStack) throws -> Int {
    let sql: SQL =
      switch request.path {
      case "/orders": "SELECT count(*) FROM orders.orders"
      case "/wallet/topups": "SELECT count(*) FROM payments.payments WHERE order_id IS NULL"
      case "/payment-methods": "SELECT count(*) FROM payments.methods"
      case let path where path.hasSuffix("/cancel"):
        "SELECT count(*) FROM orders.orders WHERE status = 'cancelled'"
      case let path where path.hasSuffix("/returns"): "SELECT count(*) FROM orders.returns"
      case let path where path.hasSuffix("/deliver"):
        "SELECT count(*) FROM orders.parcels WHERE status = 'delivered'"
      default: "SELECT count(*) FROM orders.parcels WHERE status = 'shipped'"
      }
    return try stack.look().first(sql) { row in try row.next() } ?? 0
  }
}

extension OrderScene {
  /// An order that is paid, with one parcel.
  func settled() throws -> OrderID {
    let order = try placed()
    try Clerk(bazaar.stack).work()
    return order
  }

  func parcel(of order: OrderID) throws -> String {
    try #require(get(order).data?["parcels"]?[0]?.id)
  }
}
