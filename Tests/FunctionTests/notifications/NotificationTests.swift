import Core
import HTTP
import JSON
import KitTesting
import Notifications
import Postgres
import Testing
import notifications

private let notificationRoutes = notifications.routes

extension Bazaar {
  static func notifications(on stack: TestStack) throws -> TestFunction {
    try stack.function("notifications", notificationRoutes)
  }

  /// Something that was told to this visitor.
  @discardableResult
  func told(_ visitor: Visitor, _ title: String = "Your order 1 is confirmed") throws -> String {
    stack.clock.advance(by: .milliseconds(1))
    let id = IDSource(clock: stack.clock.clock).id(NotificationKind.self)
    try stack.look().execute(
      """
      INSERT INTO notifications.messages
        (id, event_id, user_id, topic, kind, title, text, data, created_at)
      VALUES (\(id), \(id.uuid), \(visitor.user), 'orders', 'order_confirmed', \(title), 'Words.',
              '{"order_id":"ord_00000000000000000000000000"}', \(stack.clock.clock.now))
      """)
    return id.description
  }
}

@Suite struct NotificationTests {
  private let bazaar: Bazaar
  private let function: TestFunction
  private let ana: Visitor

  init() throws {
    bazaar = try Bazaar()
    function = try Bazaar.notifications(on: bazaar.stack)
    ana = try bazaar.visitor()
  }

  private func send(
    _ method: String, _ path: String, _ json: JSONValue? = nil, as visitor: Visitor? = nil,
    ifMatch tag: String? = nil
  ) -> TestAnswer {
    function.send(
      method, "/api/v1/notifications\(path)", token: (visitor ?? ana).token, bytes: json?.bytes,
      headers: tag.map { [(.ifMatch, $0)] } ?? [])
  }

  @Test func theNewestComesFirst() throws {
    let ids = try (0..<5).map { try bazaar.told(ana, "News \($0)") }
    try bazaar.told(try bazaar.visitor(), "Not hers")
    let first = send("GET", "?limit=2")
    #expect(first.each("id") == [ids[4], ids[3]], "\(first)")
    let cursor = try #require(first.json["meta"]?["next_cursor"]?.string)
    let second = send("GET", "?limit=3&cursor=\(cursor)")
    #expect(second.each("id") == [ids[2], ids[1], ids[0]])
    #expect(second.json["meta"]?["next_cursor"] == .null)
    #expect(send("GET", "?page=2&limit=4").total == 5)
    let one = first.data?.array?.first
    #expect(one?["read_at"] == .null)
    #expect(one?["data"]?["order_id"] == "ord_00000000000000000000000000")
    #expect(one?["kind"] == "order_confirmed" && one?["topic"] == "orders")
  }

  @Test func whatWasReadIsRead() throws {
    let (old, new) = (try bazaar.told(ana), try bazaar.told(ana))
    let read = send("POST", "/\(old)/read")
    #expect(read.status == 200 && read.data?["id"]?.string == old)
    let time = try #require(read.data?["read_at"]?.string)
    bazaar.stack.clock.advance(by: .seconds(5))
    #expect(send("POST", "/\(old)/read").data?["read_at"]?.string == time)
    #expect(send("GET", "?unread=true").each("id") == [new])
    #expect(send("GET", "?unread=true&page=1").total == 1)
    #expect(send("GET", "?unread=false").each("id") == [new, old])
  }

  @Test func whatIsNotTheirsIsNotThere() throws {
    let id = try bazaar.told(ana)
    let admin = try bazaar.visitor([.admin])
    for path in ["/\(id)/read", "/ntf_00000000000000000000000000/read", "/\(ana.id)/read"] {
      #expect(send("POST", path, as: admin).isProblem(404, "not_found"), "\(path)")
    }
    #expect(send("GET", "?unread=true").each("id") == [id])
  }

  @Test func whatCannotBeAskedIsRefused() throws {
    #expect(send("GET", "?unread=yes").violations == ["unread wrong_type"])
    #expect(send("GET", "?limit=0").violations == ["limit out_of_range"])
    #expect(send("GET", "?cursor=x").violations == ["cursor invalid_cursor"])
  }

  @Test func preferencesBeginAsUsual() throws {
    let usual: JSONValue = ["mail": true, "sms": false, "in_app": true]
    #expect(
      send("GET", "/preferences").data
        == ["orders": usual, "deliveries": usual, "payments": usual, "shop": usual])
  }

  @Test func whatIsLeftOutStays() throws {
    let changed = send(
      "PUT", "/preferences", ["orders": ["mail": false], "shop": ["sms": true, "in_app": false]])
    #expect(changed.status == 200, "\(changed)")
    #expect(changed.data?["orders"] == ["mail": false, "sms": false, "in_app": true])
    #expect(changed.data?["shop"] == ["mail": true, "sms": true, "in_app": false])
    #expect(changed.data?["payments"] == ["mail": true, "sms": false, "in_app": true])
    let again = send("PUT", "/preferences", ["orders": ["sms": true], "shop": .null])
    #expect(again.data?["orders"] == ["mail": false, "sms": true, "in_app": true])
    #expect(again.data?["shop"] == changed.data?["shop"])
    #expect(send("GET", "/preferences").data == again.data)
    let other = send("GET", "/preferences", as: try bazaar.visitor())
    #expect(other.data?["orders"]?["mail"] == true)
  }

  @Test func whoHasReadAnOlderOneChangesNothing() throws {
    let first = try #require(send("GET", "/preferences").header("ETag"))
    let changed = send("PUT", "/preferences", ["orders": ["mail": false]], ifMatch: first)
    #expect(changed.status == 200, "\(changed)")
    let second = try #require(changed.header("ETag"))
    #expect(second != first)
    let stale = send(
      "PUT", "/preferences", ["orders": ["mail": true], "shop": ["sms": true]], ifMatch: first)
    #expect(stale.isProblem(412, "stale_version"), "\(stale)")
    let now = send("GET", "/preferences")
    #expect(now.header("ETag") == second)
    #expect(now.data == changed.data)
    let both: JSONValue = ["orders": ["mail": true], "shop": ["sms": true]]
    #expect(send("PUT", "/preferences", both, ifMatch: second).status == 200)
    #expect(send("PUT", "/preferences", both, ifMatch: second).status == 412)
  }

  @Test func everyWrongChoiceIsNamed() throws {
    let answer = send(
      "PUT", "/preferences",
      ["orders": ["mail": "no", "in_app": 1], "shop": true, "payments": [], "weather": [:]])
    #expect(
      Set(answer.violations) == [
        "orders.mail wrong_type", "orders.in_app wrong_type", "shop wrong_type",
        "payments wrong_type",
      ], "\(answer)")
    #expect(send("GET", "/preferences").data?["orders"]?["mail"] == true)
  }

  /// Reading is one round trip, writing two: the change, and with it what it answers, and the end.
  @Test func everyRouteCostsWhatItShould() throws {
    let id = try bazaar.told(ana)
    _ = send("GET", "")
    #expect(send("GET", "?page=1").databaseRoundTrips == 1)
    #expect(send("GET", "?unread=true").databaseRoundTrips == 1)
    #expect(send("GET", "/preferences").databaseRoundTrips == 1)
    #expect(send("POST", "/\(id)/read").databaseRoundTrips == 2)
    #expect(send("PUT", "/preferences", ["orders": ["mail": false]]).databaseRoundTrips == 2)
  }

  /// From the order to the message, by the scheduled function.
  @Test func anOrderIsToldToBothSides() throws {
    let scene = try OrderScene(on: bazaar.stack)
    let order = try scene.placed()
    try Clerk(bazaar.stack).work()
    let number = try #require(scene.get(order).data?["number"]?.integer)
    let customer = send("GET", "", as: scene.ana)
    #expect(customer.each("kind").contains("order_confirmed"), "\(customer)")
    #expect(Set(customer.each("kind")).count == customer.each("kind").count)
    let seller = send("GET", "", as: scene.seller)
    #expect(seller.each("title").contains("A new order for your shop: \(number)"), "\(seller)")
    let before = try bazaar.stack.database.contents()["notifications.messages"]
    try Clerk(bazaar.stack).work()
    #expect(try bazaar.stack.database.contents()["notifications.messages"] == before)
  }
}
