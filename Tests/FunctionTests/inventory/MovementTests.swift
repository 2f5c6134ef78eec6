import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct MovementTests {
  @Test func aKeyIsNeededAndCountsOnce() throws {
    let scene = try StockScene()
    let bare = scene.inventory.send(
      "PUT", scene.path, token: scene.seller.token, json: ["quantity": 3])
    #expect(bare.isProblem(428, "idempotency_key_required"))
    let first = scene.put(["delta": 5, "reason": "a delivery"], key: "k")
    let again = scene.put(["delta": 5, "reason": "a delivery"], key: "k")
    #expect(first.status == 200)
    #expect(again.header("Idempotent-Replayed") == "true")
    #expect(again.text == first.text)
    #expect(scene.put(["delta": 6, "reason": "x"], key: "k").code == "idempotency_key_reused")
    #expect(scene.get(scene.seller).data["variants"][0]["on_hand"].integer == 15)
  }

  /// The key's answer is kept for a day. What it moved is known for good.
  @Test func aCommandThatComesDaysLaterMovesNothing() throws {
    let scene = try StockScene()
    #expect(scene.put(["delta": 5, "reason": "a delivery"], key: "k").status == 200)
    scene.bazaar.stack.clock.advance(by: .days(3))
    let later = try scene.bazaar.session(of: scene.seller.user, roles: ["customer", "seller"])
    let late = scene.put(["delta": 5, "reason": "a delivery"], key: "k", as: later)
    #expect(late.isProblem(409, "reference_used"), "\(late)")
    let note: JSONValue = ["delta": 1, "reason": "a delivery", "reference": "delivery 7"]
    #expect(scene.put(note, as: later).status == 200)
    #expect(scene.put(note, as: later).isProblem(409, "reference_used"))
    #expect(scene.get(later).data["variants"][0]["on_hand"].integer == 16)
  }

  /// A key is its caller's own.
  @Test func anAdministratorMayUseTheSameKey() throws {
    let scene = try StockScene()
    let admin = try scene.bazaar.visitor([.admin])
    #expect(scene.put(["delta": 5, "reason": "a delivery"], key: "k").status == 200)
    #expect(scene.put(["delta": 1, "reason": "found"], key: "k", as: admin).status == 200)
    #expect(scene.get(admin).data["variants"][0]["on_hand"].integer == 16)
  }

  @Test func theHistoryTellsEachStep() throws {
    let scene = try StockScene()
    _ = scene.put(["quantity": 7])
    _ = scene.put(["delta": -2, "reason": "broken", "reference": "note 1"])
    let history = scene.inventory.send("GET", "\(scene.path)/history", token: scene.seller.token)
    #expect(history.status == 200)
    let rows = try #require(history.data?.array)
    #expect(rows.compactMap { $0["kind"]?.string } == ["adjustment", "set", "opening"])
    #expect(rows.compactMap { $0["delta"]?.integer } == [-2, -3, 10])
    #expect(rows.compactMap { $0["on_hand_before"]?.integer } == [7, 10, 0])
    #expect(rows.compactMap { $0["on_hand_after"]?.integer } == [5, 7, 10])
    #expect(rows[0]["reason"]?.string == "broken")
    #expect(rows[0]["reference"]?.string == "note 1")
    #expect(rows[0]["actor_id"]?.string == scene.seller.id)
    #expect(rows[2]["actor_id"] == .null)
    #expect(history.json["meta"]["next_cursor"] == JSONValue.null)
  }

  @Test func theHistoryIsReadInParts() throws {
    let scene = try StockScene()
    for number in 1...6 { _ = scene.put(["quantity": .integer(Int64(number))]) }
    var seen: [Int64] = []
    var cursor = ""
    repeat {
      let part = scene.inventory.send(
        "GET", "\(scene.path)/history?limit=3&cursor=\(cursor)", token: scene.seller.token)
      seen += part.data?.array?.compactMap { $0["on_hand_after"]?.integer } ?? []
      cursor = part.json["meta"]["next_cursor"].string ?? ""
    } while !cursor.isEmpty
    #expect(seen == [6, 5, 4, 3, 2, 1, 10])
    let page = scene.inventory.send(
      "GET", "\(scene.path)/history?limit=3&page=3", token: scene.seller.token)
    #expect(page.data?.array?.count == 1)
    #expect(
      page.json["meta"] == ["page": 3, "limit": 3, "total": 7, "total_pages": 3])
    for query in ["limit=0", "limit=100000", "page=0", "cursor=x"] {
      let bad = scene.inventory.send(
        "GET", "\(scene.path)/history?\(query)", token: scene.seller.token)
      #expect(bad.status == 422, "\(query)")
    }
  }

  @Test func nobodyChangesThePast() throws {
    let scene = try StockScene()
    let role = scene.bazaar.stack.database.database(role: "souk_inventory")
    for sql: SQL in [
      "UPDATE inventory.movements SET reason = 'x'", "DELETE FROM inventory.movements",
      "TRUNCATE inventory.movements",
    ] {
      for database in [role, scene.bazaar.stack.look()] {
        let error = #expect(throws: PostgresError.self) { try database.execute(sql) }
        #expect(error?.code == .permissionDenied)
      }
    }
  }

  @Test func runningLowIsToldOncePerCrossing() throws {
    let scene = try StockScene([10])
    func events() throws -> Int {
      try scene.bazaar.count(
        "SELECT count(*) FROM outbox.events WHERE type = 'inventory.stock_low.v1'")
    }
    _ = scene.put(["quantity": 6])
    #expect(try events() == 0)
    _ = scene.put(["quantity": 5])
    _ = scene.put(["quantity": 3])
    _ = scene.put(["quantity": 0])
    #expect(try events() == 1)
    _ = scene.put(["quantity": 20])
    _ = scene.put(["low_stock_threshold": 20])
    #expect(try events() == 2)
    _ = scene.put(["low_stock_threshold": 19, "quantity": 19])
    #expect(try events() == 2)
  }

  @Test func whatIsLowIsListed() throws {
    let scene = try StockScene([10, 3])
    _ = try scene.bazaar.goods([0], in: scene.shop)
    _ = try scene.bazaar.goods([0], in: scene.bazaar.shop(of: scene.seller))
    let path = "/api/v1/shops/\(scene.shop)/low-stock"
    let list = scene.inventory.send("GET", path, token: scene.seller.token)
    #expect(list.status == 200, "\(list)")
    #expect(list.data?.array?.compactMap { $0["available"]?.integer } == [3, 0])
    #expect(list.data[0]["variant_id"].string == scene.goods.variants[1].description)
    #expect(list.data[0]["product_name"].string == "Tea")
    let first = scene.inventory.send("GET", "\(path)?limit=1", token: scene.seller.token)
    let cursor = try #require(first.json["meta"]["next_cursor"].string)
    let second = scene.inventory.send(
      "GET", "\(path)?limit=1&cursor=\(cursor)", token: scene.seller.token)
    #expect(second.data?.array?.compactMap { $0["available"]?.integer } == [0])
    #expect(second.json["meta"]["next_cursor"] == JSONValue.null)
    let paged = scene.inventory.send("GET", "\(path)?page=1", token: scene.seller.token)
    #expect(paged.json["meta"]["total"].integer == 2)
    // A cursor of another list is none of this one.
    let other = scene.inventory.send(
      "GET", "\(scene.path)/history?cursor=\(cursor)", token: scene.seller.token)
    #expect(other.violations == ["cursor invalid_cursor"])
  }
}
