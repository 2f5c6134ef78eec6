import Core
import JSON
import KitTesting
import Payments
import Postgres
import Synchronization
import Testing
import souk

/// An order is cancelled whose card payment its provider has not settled yet, so that the money
/// cannot go back before that.
@Suite struct UnsettledRefundTests {
  private final class State: Sendable {
    let status = Mutex("pending")
    let amount = Mutex("1000.00")
    let refusesRefunds = Mutex(false)
  }

  private let state: State
  private let midtrans: LocalServer
  private let scene: OrderScene
  private let clerk: Clerk

  /// The bank of the card cancels nothing.
  init() throws {
    let state = State()
    self.state = state
    midtrans = try LocalServer { request in
      let status = state.status.withLock { $0 }
      switch request.path.split(separator: "/").last {
      case "transactions":
        return .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
      case "refund" where status == "settlement" && !state.refusesRefunds.withLock { $0 }:
        return .json(200, ["status_code": "200"])
      case "refund", "cancel": return .json(200, ["status_code": "412"])
      default:
        return .json(
          200,
          [
            "status_code": "200", "transaction_status": .string(status), "fraud_status": "accept",
            "gross_amount": .string(state.amount.withLock { $0 }), "currency": "IDR",
            "transaction_id": "tx-1",
          ])
      }
    }
    let stack = try TestStack(
      rateScale: 1000,
      environment: [
        "SOUK_MIDTRANS_URL": midtrans.origin, "SOUK_MIDTRANS_SNAP_URL": midtrans.origin,
        "SOUK_MIDTRANS_SERVER_KEYS": "SB-Mid-server-1",
      ])
    scene = try OrderScene(on: stack)
    let look = stack.look()
    try look.execute("UPDATE shops.shops SET currency = 'IDR'")
    try look.execute("UPDATE catalog.products SET currency = 'IDR'")
    clerk = try Clerk(
      stack, asking: Providers(Environment(stack.environment(of: "scheduler"))))
  }

  /// Read with a session that has just begun.
  private func read(_ path: String) throws -> TestAnswer {
    scene.send("GET", path, as: try scene.bazaar.session(of: scene.ana.user))
  }

  private func timeline(_ order: OrderID) throws -> [String] {
    try read("/orders/\(order)/timeline").each("words")
  }

  private func pass(_ time: Duration) throws {
    scene.bazaar.stack.clock.advance(by: time)
    try clerk.work()
  }

  private func paid(_ items: [JSONValue]? = nil) throws -> OrderID {
    let order = try scene.placed(items, ["payment": ["provider": "midtrans"]])
    try clerk.work()
    state.status.withLock { $0 = "capture" }
    try pass(.seconds(10))
    #expect(scene.status(order) == "paid")
    return order
  }

  /// An order that was paid, and is cancelled while its payment stands like this.
  private func cancelled(_ status: String) throws -> OrderID {
    let order = try paid()
    state.status.withLock { $0 = status }
    #expect(scene.send("POST", "/orders/\(order)/cancel", ["reason": "No"]).status == 200)
    try clerk.work()
    return order
  }

  /// Refused for good: it is tried again, but later, and the work comes to an end.
  @Test func whatIsRefusedIsNotAskedForAgainAtOnce() throws {
    let order = try cancelled("chargeback")
    let asked = midtrans.requests.filter { $0.path.hasSuffix("/refund") }.count
    #expect(asked == 1)
    #expect(try timeline(order).last?.hasPrefix("Waiting for Midtrans to give the money") == true)
  }

  /// The money for goods that came back was refused once: it is asked for again, and the return
  /// ends when it has gone.
  @Test func aReturnWhoseRefundWasRefusedIsRefundedLater() throws {
    let order = try paid()
    let parcel = scene.get(order).data?["parcels"]?.array?.first?["id"]?.string ?? ""
    for status in ["processing", "packed", "shipped", "delivered"] {
      #expect(scene.update(parcel, ["status": .string(status)]).status == 200, "\(status)")
    }
    try clerk.work()
    let made = scene.send(
      "POST", "/orders/\(order)/returns", ["items": [scene.wish(1)], "reason": "Broken"])
    let id = made.data?.id ?? ""
    for json: JSONValue in [["status": "approved"], ["status": "received", "restock": true]] {
      #expect(scene.send("PUT", "/returns/\(id)", json, as: scene.seller).status == 200)
    }
    state.status.withLock { $0 = "chargeback" }
    try clerk.work()
    #expect(try read("/returns/\(id)").data?["status"] == "received")
    #expect(midtrans.requests.filter { $0.path.hasSuffix("/refund") }.count == 1)
    #expect(try scene.bazaar.gauge("souk_refunds_refused") == "1")
    state.status.withLock { $0 = "settlement" }
    try pass(.minutes(1))
    #expect(try scene.bazaar.gauge("souk_refunds_refused") == "1")
    try pass(.days(1))
    try pass(.minutes(1))
    #expect(try scene.bazaar.gauge("souk_refunds_refused") == "0")
    #expect(try read("/returns/\(id)").data?["status"] == "refunded")
    #expect(midtrans.requests.filter { $0.path.hasSuffix("/refund") }.count == 2)
    try scene.checkInvariants()
  }

  /// The saga is over when the money comes, and no other asks for what was refused.
  @Test func lateMoneyWhoseRefundWasRefusedIsRefundedLater() throws {
    let order = try scene.placed(nil, ["payment": ["provider": "midtrans"]])
    try clerk.work()
    try pass(.minutes(31))
    try pass(.minutes(1))
    #expect(try scene.statusInDatabase(order) == "expired")
    state.status.withLock { $0 = "settlement" }
    state.refusesRefunds.withLock { $0 = true }
    try pass(.minutes(5))
    func asked() -> Int { midtrans.requests.filter { $0.path.hasSuffix("/refund") }.count }
    #expect(asked() == 1)
    #expect(try BooksStore.broken(scene.bazaar.stack.look()).contains { $0.contains("refused") })
    // Later each time, and not for ever.
    try pass(.minutes(1))
    #expect(asked() == 1)
    try pass(.days(1))
    #expect(asked() == 2)
    state.refusesRefunds.withLock { $0 = false }
    try pass(.minutes(1))
    try pass(.days(1))
    #expect(asked() == 3)
    #expect(try read("/orders/\(order)").data?["payment"]?["status"] == "refunded")
    try scene.checkInvariants()
  }

  /// One of two parcels of an order that was paid is given up while its payment stands like this.
  private func givenUpParcel(_ status: String) throws -> OrderID {
    let other = try scene.bazaar.goods(
      in: try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller]), currency: "IDR"))
    try scene.bazaar.stack.look().execute("UPDATE catalog.products SET currency = 'IDR'")
    state.amount.withLock { $0 = "2000.00" }
    let order = try paid([scene.wish(), scene.wish(1, of: other.variant)])
    let parcel = scene.get(order).data?["parcels"]?.array?
      .first { $0["shop_id"]?.string == scene.shop.description }?.id
    #expect(scene.update(parcel ?? "", ["status": "cancelled"]).status == 200)
    state.status.withLock { $0 = status }
    try clerk.work()
    return order
  }

  /// The same for what a shop could not send.
  @Test func aParcelWhoseRefundWasRefusedIsRefundedLater() throws {
    let order = try givenUpParcel("chargeback")
    #expect(midtrans.requests.filter { $0.path.hasSuffix("/refund") }.count == 1)
    #expect(try scene.bazaar.gauge("souk_refunds_refused") == "1")
    state.status.withLock { $0 = "settlement" }
    try pass(.minutes(1))
    try pass(.days(1))
    try pass(.minutes(1))
    #expect(try scene.bazaar.gauge("souk_refunds_refused") == "0")
    #expect(try read("/orders/\(order)").data?["payment"]?["status"] == "partially_refunded")
    #expect(midtrans.requests.filter { $0.path.hasSuffix("/refund") }.count == 2)
    #expect(
      try scene.count(
        "SELECT count(*) FROM saga.sagas WHERE definition = 'parcel' AND state = 'done'") == 1)
    try scene.checkInvariants()
  }

  /// Its provider takes its time, which is no fault of the books. What nobody waits for any more,
  /// or asks for, is one.
  @Test(
    arguments: [
      ("UPDATE saga.sagas SET waiting_for = NULL WHERE state = 'undoing'", "a saga neither ended"),
      ("UPDATE saga.sagas SET due_at = now() WHERE state = 'undoing'", "a saga neither ended"),
      ("UPDATE saga.sagas SET state = 'stuck' WHERE state = 'undoing'", "a saga neither ended"),
      ("UPDATE payments.refunds SET due_at = NULL", "an order that lives holds other money"),
    ])
  func moneyThatIsAwaitedIsRight(_ fault: String, _ complaint: String) throws {
    _ = try cancelled("capture")
    try scene.checkInvariants()
    let look = scene.bazaar.stack.look()
    try look.execute("\(unescaped: fault)")
    let broken = try BooksStore.broken(look)
    #expect(broken.count == 1 && broken[0].hasPrefix(complaint), "\(broken)")
  }

  @Test func moneyForAParcelThatIsAwaitedIsRight() throws {
    _ = try givenUpParcel("capture")
    try scene.checkInvariants()
    let look = scene.bazaar.stack.look()
    try look.execute("UPDATE payments.refunds SET due_at = NULL")
    let broken = try BooksStore.broken(look)
    #expect(broken.map { $0.contains("holds other money") } == [true], "\(broken)")
  }

  @Test func theTimelineTellsWhatTheMoneyWaitsFor() throws {
    let order = try cancelled("capture")
    let waiting = """
      Waiting for Midtrans to settle the payment, which has to come before a refund, next question \
      in 60 min.
      """
    #expect(try timeline(order).last == waiting)
    #expect(try scene.bazaar.gauge("souk_refunds_late") == "0")
    for _ in 0..<48 { try pass(.minutes(61)) }
    #expect(try timeline(order).last == waiting)
    #expect(
      try scene.count("SELECT count(*) FROM payments.refunds AS r WHERE r.status = 'failed'") == 0)
    #expect(try scene.bazaar.gauge("souk_refunds_late") == "1")
    state.status.withLock { $0 = "settlement" }
    try pass(.minutes(61))
    try pass(.minutes(1))
    let over = try read("/orders/\(order)").data
    #expect(over?["payment"]?["status"] == "refunded")
    #expect(over?["status"] == "cancelled")
    #expect(try scene.bazaar.gauge("souk_refunds_late") == "0")
    #expect(try !timeline(order).contains { $0.contains("settle the payment") })
    try scene.checkInvariants()
  }
}
