import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// The page at Midtrans is opened once, and what it says of a second time is no end.
@Suite struct MidtransPageTests {
  /// It knows the order from an earlier try, and says so in one of its languages: that is no end.
  @Test(arguments: [
    "transaction_details.order_id has already been taken",
    "transaction_details.order_id sudah digunakan",
  ])
  func anOrderItKnowsIsNotRefused(_ fault: String) throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      request.method == "GET"
        ? .json(404, ["status_code": "404"]) : .json(400, ["error_messages": [.string(fault)]])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == "pending")
    #expect(try counter.column("is_created", of: id) == "true")
  }

  /// What it refuses for another reason has failed, unless it is open already.
  @Test(arguments: [false, true]) func aRefusalEndsOnlyWhatIsNotOpen(_ isOpen: Bool) throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      request.method == "GET"
        ? .json(404, ["status_code": "404"]) : .json(400, ["error_messages": ["expiry.duration"]])
    }
    let desk = try Counter.desk(server.origin)
    let (_, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    try counter.database.database().execute("UPDATE payments.payments SET is_created = \(isOpen)")
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.status(id) == (isOpen ? "pending" : "failed"))
    #expect(try counter.column("due_at", of: id) != nil || !isOpen)
  }

  /// Nobody has chosen a method on its page yet: Midtrans knows of no transaction, and is not asked
  /// for another page.
  @Test func aPageIsOpenedOnce() throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      request.method == "GET"
        ? .json(404, ["status_code": "404"])
        : .json(201, ["token": "t-1", "redirect_url": "https://snap.example/t-1"])
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("midtrans", currency: Counter.rupiah)
    for _ in 1...4 {
      #expect(try desk.askOne(with: counter.tools()))
      counter.clock.advance(by: .minutes(6))
    }
    #expect(server.requests.map(\.method) == ["POST", "GET", "GET", "GET"])
    #expect(try counter.status(id) == "pending")
    #expect(try counter.column("known_at", of: id) != nil)
    // Nothing stands open there that could be closed.
    #expect(try counter.abandon(order))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(server.requests.count == 5 && server.requests.last?.method == "GET")
  }
}
