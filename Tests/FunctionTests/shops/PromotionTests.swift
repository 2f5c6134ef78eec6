import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct PromotionTests {
  @Test func isReadAsItWasWritten() throws {
    let scene = try PromotionScene()
    let goods = try scene.bazaar.goods([5], in: scene.shop)
    let usd: JSONValue = ["amount": 500, "currency": "USD"]
    let created = scene.post([
      "value": .decimal("12.5"), "max_discount": usd, "minimum": 1000, "code": "Spring-26",
      "per_customer_limit": 2, "total_limit": 100, "priority": 7, "stacks": true,
      "applies_to": ["product_ids": [.string(goods.id)]],
    ])
    #expect(created.status == 201, "\(created)")
    let id = try #require(created.data?["id"]?.string)
    #expect(id.hasPrefix("prm_"))
    #expect(created.header("Location") == "\(scene.path)/\(id)")
    let promotion = created.data
    #expect(promotion["shop_id"].string == scene.shop.description)
    #expect(promotion["type"].string == "percentage")
    #expect(promotion?["value"] == .decimal("12.5"))
    #expect(promotion?["max_discount"] == usd)
    #expect(promotion?["minimum"] == ["amount": 1000, "currency": "USD"])
    #expect(promotion["code"].string == "Spring-26")
    #expect(promotion["per_customer_limit"].integer == 2)
    #expect(promotion["total_limit"].integer == 100)
    #expect(promotion["used"].integer == 0)
    #expect(promotion["priority"].integer == 7)
    #expect(promotion["stacks"].bool == true)
    #expect(
      promotion?["applies_to"] == ["product_ids": [.string(goods.id)], "category_ids": []])
    #expect(promotion["status"].string == "active")
    let read = scene.get(id, as: scene.seller)
    #expect(read.text == created.text)
    #expect(read.header("ETag") == created.header("ETag"))
    let plain = scene.post(["type": "value", "value": 500, "status": nil])
    #expect(plain.data?["value"]?.integer == 500)
    #expect(plain.data?["status"]?.string == "draft")
    for field in ["max_discount", "minimum", "code", "per_customer_limit", "total_limit"] {
      #expect(plain.data?[field] == .null, "\(field)")
    }
  }

  @Test(arguments: [
    ("12.5", "12.5"), ("12.50", "12.5"), ("0.01", "0.01"), ("99.99", "99.99"), ("100", "100"),
    ("100.00", "100"), ("5.05", "5.05"), ("7.0", "7"),
  ])
  func percentagesAreExact(_ written: String, _ read: String) throws {
    let scene = try PromotionScene(.shared())
    let value = try JSONValue.parse(Array(written.utf8))
    let answer = scene.post(["value": value])
    #expect(answer.text.contains("\"value\":\(read),"), "\(answer)")
  }

  /// Each fault is named, and nothing is written.
  @Test(
    arguments: [
      (["value": 101], "value out_of_range"), (["value": 0], "value out_of_range"),
      (["value": -5], "value out_of_range"), (["value": .decimal("100.01")], "value out_of_range"),
      (["value": .decimal("0.00")], "value out_of_range"),
      (["value": .decimal("-0.5")], "value out_of_range"),
      (["value": .decimal("12.345")], "value too_precise"),
      (["value": .decimal("99999999999999999999")], "value out_of_range"),
      (["value": "10"], "value wrong_type"), (["value": nil], "value required"),
      (["type": "value", "value": 0], "value out_of_range"),
      (["type": "value", "value": 10_000_000_000_001], "value out_of_range"),
      (["type": "value", "value": .decimal("9.99")], "value wrong_type"),
      (["type": "gift"], "type not_a_choice"), (["type": nil], "type required"),
      (["name": ""], "name too_short"), (["name": nil], "name required"),
      (["starts_at": nil], "starts_at required"), (["ends_at": "tomorrow"], "ends_at invalid_time"),
      (["starts_at": "2026-02-30T00:00:00Z"], "starts_at invalid_time"),
      (["code": "ab"], "code too_short"), (["code": "a b c"], "code invalid_code"),
      (["code": .string(String(repeating: "x", count: 10_240))], "code too_long"),
      (["max_discount": 0], "max_discount out_of_range"),
      (["minimum": -1], "minimum out_of_range"),
      (
        ["minimum": ["amount": 10_000_000_000_001, "currency": "USD"]],
        "minimum.amount out_of_range"
      ),
      (["minimum": ["amount": 100, "currency": "VND"]], "minimum wrong_currency"),
      (
        ["max_discount": ["amount": 100, "currency": "usd"]],
        "max_discount.currency invalid_currency"
      ),
      (["per_customer_limit": 0], "per_customer_limit out_of_range"),
      (["total_limit": -1], "total_limit out_of_range"),
      (["priority": 1001], "priority out_of_range"), (["stacks": "yes"], "stacks wrong_type"),
      (["status": "ended"], "status not_a_choice"), (["applies_to": []], "applies_to wrong_type"),
      (["applies_to": ["product_ids": ["x"]]], "applies_to.product_ids invalid_list"),
      (
        ["applies_to": ["product_ids": ["prd_00000000000000000000000000"]]],
        "applies_to.product_ids no_such_product"
      ),
      (
        ["applies_to": ["category_ids": ["cat_00000000000000000000000000"]]],
        "applies_to.category_ids no_such_category"
      ),
    ] as [([String: JSONValue?], String)])
  func whatCannotBeIsRefused(_ changes: [String: JSONValue?], _ fault: String) throws {
    let scene = try PromotionScene(.shared())
    let answer = scene.post(changes)
    #expect(answer.status == 422)
    #expect(answer.violations == [fault], "\(answer)")
    #expect(
      try scene.bazaar.count(
        "SELECT count(*) FROM promotions.promotions WHERE shop_id = \(scene.shop)") == 0)
  }

  @Test func endsAfterItBeginsAndNotInThePast() throws {
    let scene = try PromotionScene()
    for end in [Duration.seconds(-60), .seconds(-61), .days(-1)] {
      #expect(scene.post(["ends_at": scene.time(end)]).violations == ["ends_at ends_before_start"])
    }
    #expect(
      scene.post(["ends_at": scene.time(.seconds(-1))]).violations == ["ends_at ends_in_the_past"])
    let id = try scene.made()
    #expect(
      scene.put(id, ["ends_at": scene.time(.days(-2))]).violations
        == ["ends_at ends_before_start"])
    #expect(
      scene.put(id, ["starts_at": scene.time(.days(2))]).violations
        == ["ends_at ends_before_start"])
  }

  @Test func othersProductsAreNotInIt() throws {
    let scene = try PromotionScene()
    let rival = try scene.bazaar.visitor([.seller])
    let goods = try scene.bazaar.goods([5], in: scene.bazaar.shop(of: rival))
    let answer = scene.post(["applies_to": ["product_ids": [.string(goods.id)]]])
    #expect(answer.violations == ["applies_to.product_ids no_such_product"])
  }

  @Test func aCodeNamesOneAtATime() throws {
    let scene = try PromotionScene()
    let first = try scene.made(["code": "SPRING"])
    #expect(scene.post(["code": "spring"]).isProblem(409, "code_taken"))
    let other = try scene.made(["code": "SUMMER"])
    #expect(scene.put(other, ["code": "Spring"]).isProblem(409, "code_taken"))
    #expect(scene.put(first, ["code": "spring"]).status == 200)
    #expect(scene.put(first, ["status": "ended"]).status == 200)
    #expect(scene.put(other, ["code": "Spring"]).status == 200)
    // Time ends a promotion as well as its seller does.
    let brief = try scene.made(["code": "BRIEF", "ends_at": scene.time(.seconds(60))])
    scene.bazaar.stack.clock.advance(by: .seconds(60))
    #expect(scene.get(brief, as: scene.seller).data?["status"]?.string == "ended")
    #expect(scene.post(["code": "BRIEF"]).status == 201)
    // Another shop's codes are its own.
    let rival = try PromotionScene(scene.bazaar)
    #expect(rival.post(["code": "SPRING"]).status == 201)
  }

  @Test func ofManyWithTheSameCodeAtOnceOneIsMade() throws {
    let scene = try PromotionScene()
    let (stack, path, token) = (scene.bazaar.stack, scene.path, scene.seller.token)
    let bodies = (0..<15).map { scene.body(["code": .string("CODE-\($0)")]) }
    let rounds = try Together.run(
      threads: 6, rounds: 15,
      prepare: { _ in
        try Market.shops(on: stack)
      }
    ) { shops, round in
      shops.send(
        "POST", path, token: token, json: bodies[round]
      ).status
    }
    for statuses in rounds { #expect(statuses.sorted() == [201, 409, 409, 409, 409, 409]) }
  }

  @Test func changesByTheirRules() throws {
    let scene = try PromotionScene()
    let id = try scene.made(["code": "SPRING", "total_limit": 10, "minimum": 5])
    try scene.bazaar.stack.look().execute("UPDATE promotions.promotions SET used = 4")
    let changed = scene.put(
      id, ["name": "Summer", "code": nil, "minimum": nil, "total_limit": 4, "status": "paused"])
    #expect(changed.data?["name"]?.string == "Summer")
    #expect(changed.data?["code"] == .null)
    #expect(changed.data?["minimum"] == .null)
    #expect(changed.data?["used"]?.integer == 4)
    let low = scene.put(id, ["total_limit": 3])
    #expect(low.violations == ["total_limit below_used"])
    #expect(low.json["details"] == ["used": 4])
    #expect(scene.put(id, ["status": "draft"]).isProblem(409, "illegal_transition"))
    #expect(scene.put(id, ["value": 20]).violations == ["type required"])
    let value = scene.put(id, ["type": "value", "value": 250])
    #expect(value.data?["value"]?.integer == 250)
    #expect(scene.put(id, ["status": "ended"]).status == 200)
    #expect(scene.put(id, ["name": "Again"]).isProblem(409, "promotion_ended"))
  }

  @Test func aStaleVersionIsRefusedAndAUseMakesNone() throws {
    let scene = try PromotionScene()
    let id = try scene.made()
    let tag = try #require(scene.get(id, as: scene.seller).header("ETag"))
    try scene.bazaar.stack.look().execute("UPDATE promotions.promotions SET used = used + 1")
    let read = scene.get(id, as: scene.seller)
    #expect(read.header("ETag") != tag)
    #expect(scene.put(id, ["name": "A"], headers: [(.ifMatch, tag)]).status == 200)
    #expect(
      scene.put(id, ["name": "B"], headers: [(.ifMatch, tag)]).isProblem(412, "stale_version"))
    let delete = scene.shops.send(
      "DELETE", "\(scene.path)/\(id)", token: scene.seller.token, headers: [(.ifMatch, tag)])
    #expect(delete.status == 412)
  }

  @Test func deletingHidesItForGood() throws {
    let scene = try PromotionScene()
    let id = try scene.made(["code": "SPRING"])
    let path = "\(scene.path)/\(id)"
    #expect(scene.shops.send("DELETE", path, token: scene.seller.token).status == 204)
    #expect(scene.get(id, as: scene.seller).isProblem(404, "not_found"))
    #expect(scene.shops.send("DELETE", path, token: scene.seller.token).status == 404)
    #expect(scene.put(id, ["name": "x"]).isProblem(404, "not_found"))
    #expect(scene.post(["code": "SPRING"]).status == 201)
  }
}
