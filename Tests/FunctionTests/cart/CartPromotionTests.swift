import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct CartPromotionTests {
  private func answer(_ cart: TestAnswer) -> [String] {
    (cart.data?["promotions"]?.array ?? []).map {
      "\($0["name"]?.string ?? "-") \($0["reason"]?.string ?? "") "
        + "\($0["discount"]?["amount"]?.integer ?? -1)"
    }
  }

  @Test func tellsForEachWhyItAppliedOrNot() throws {
    let scene = try CartScene()
    let other = try scene.bazaar.goods([5], in: scene.shop, price: 500, name: "Cup")
    let id = try scene.promotion(1000, type: "percentage", "name = 'Ten', priority = 9")
    try scene.promotion(100, "name = 'Dear', minimum = 100000, priority = 8")
    try scene.promotion(
      50, "name = 'Cups', product_ids = ARRAY[\(other.product)], priority = 7")
    try scene.promotion(50, "name = 'Alone', stacks = false, priority = 6")
    try scene.promotion(50, "name = 'Full', total_limit = 3, used = 3, priority = 5")
    try scene.promotion(50, "name = 'Draft', status = 'draft'")
    try scene.promotion(50, "name = 'Later', starts_at = ends_at - interval '1 hour'")
    _ = scene.add(scene.goods, 3)
    let cart = scene.get()
    #expect(
      answer(cart) == [
        "Ten applied 300", "Dear below_minimum 0", "Cups nothing_eligible 0",
        "Alone not_combinable 0", "Full used_up 0",
      ])
    let first = cart.data?["promotions"]?[0]
    #expect(first["promotion_id"].string == id)
    #expect(first["applied"].bool == true)
    #expect(first["message"].string == "It applies.")
    let line = cart.data?["items"]?[0]
    #expect(first["items"] == [["item_id": line?["id"] ?? nil, "discount": scene.money(300)]])
    #expect(line["discount"] == scene.money(300))
    #expect(cart.data?["discount"] == scene.money(300))
    #expect(cart.data?["total"] == scene.money(2700))
    #expect(
      cart.data?["shops"] == [
        [
          "shop_id": .string(scene.shop.description), "subtotal": scene.money(3000),
          "discount": scene.money(300),
        ]
      ])
  }

  @Test func aCategoryHoldsWhatIsBelowIt() throws {
    let scene = try CartScene()
    let (clothes, shirts) = (IDSource().id(CategoryKind.self), IDSource().id(CategoryKind.self))
    let look = scene.bazaar.stack.look()
    try look.execute(
      """
      INSERT INTO catalog.categories (id, parent_id, name, slug, created_at, updated_at)
      VALUES (\(clothes), NULL, 'Clothes', 'clothes', now(), now()),
             (\(shirts), \(clothes), 'Shirts', 'shirts', now(), now())
      """)
    try look.execute(
      """
      INSERT INTO catalog.category_ancestors (category_id, ancestor_id, distance)
      VALUES (\(clothes), \(clothes), 0), (\(shirts), \(shirts), 0), (\(shirts), \(clothes), 1)
      """)
    let shirt = try scene.bazaar.goods([5], in: scene.shop, category: shirts)
    try scene.promotion(200, "name = 'Clothes', category_ids = ARRAY[\(clothes)]")
    _ = scene.add(scene.goods)
    #expect(answer(scene.get()) == ["Clothes nothing_eligible 0"])
    _ = scene.add(shirt)
    #expect(answer(scene.get()) == ["Clothes applied 200"])
    #expect(scene.get().data?["items"]?[1]?["discount"] == scene.money(200))
  }

  @Test func aCodeThatAppliesIsKept() throws {
    let scene = try CartScene()
    try scene.promotion(100, code: "Spring-26")
    _ = scene.add(scene.goods)
    #expect(scene.get().data?["promotions"] == [])
    let added = scene.send("POST", "/promotions", ["code": "SPRING-26"])
    #expect(added.status == 201, "\(added)")
    #expect(answer(added) == ["P applied 100"])
    #expect(added.data?["promotions"]?[0]?["code"]?.string == "Spring-26")
    #expect(scene.send("POST", "/promotions", ["code": "spring-26"]).status == 201)
    #expect(answer(scene.get()) == ["P applied 100"])
    #expect(scene.send("DELETE", "/promotions/sprinG-26").status == 204)
    #expect(scene.get().data?["promotions"] == [])
    #expect(scene.send("DELETE", "/promotions/spring-26").isProblem(404, "not_found"))
  }

  @Test func aCodeThatDoesNotApplyIsRefusedWithTheReason() throws {
    let scene = try CartScene()
    _ = scene.add(scene.goods)
    let other = try scene.bazaar.goods([5], in: scene.shop)
    try scene.promotion(100, code: "PAUSED", "status = 'paused'")
    try scene.promotion(100, code: "DRAFT", "status = 'draft'")
    try scene.promotion(100, code: "ENDED", "status = 'ended'")
    try scene.promotion(100, code: "LATER", "starts_at = ends_at - interval '1 hour'")
    try scene.promotion(100, code: "PAST", "ends_at = starts_at + interval '1 hour'")
    try scene.promotion(100, code: "DEAR", "minimum = 100000")
    try scene.promotion(100, code: "FULL", "total_limit = 2, used = 2")
    try scene.promotion(100, code: "ELSE", "product_ids = ARRAY[\(other.product)]")
    try scene.promotion(100, code: "GONE", "status = 'ended', deleted_at = now()")
    try scene.promotion(100, "name = 'Auto', priority = 9")
    try scene.promotion(100, code: "ALONE", "stacks = false")
    let before = try scene.bazaar.stack.database.contents()
    for (code, reason) in [
      ("PAUSED", "not_active"), ("DRAFT", "unknown_code"), ("ENDED", "ended"),
      ("LATER", "not_started"), ("PAST", "ended"), ("DEAR", "below_minimum"),
      ("FULL", "used_up"), ("ELSE", "nothing_eligible"), ("GONE", "unknown_code"),
      ("ALONE", "not_combinable"), ("NOBODYS", "unknown_code"),
    ] {
      let answer = scene.send("POST", "/promotions", ["code": .string(code)])
      #expect(answer.status == 422)
      #expect(answer.violations == ["code \(reason)"], "\(code): \(answer)")
    }
    #expect(try scene.bazaar.stack.database.contents() == before)
  }

  @Test func aCustomersLimitIsTheirs() throws {
    let scene = try CartScene()
    let promotion = try scene.promotion(100, code: "ONCE", "per_customer_limit = 1")
    try scene.bazaar.stack.look().execute(
      """
      INSERT INTO promotions.customers (promotion_id, customer_id, used)
      SELECT p.id, \(scene.ana.user), 1 FROM promotions.promotions AS p
      """)
    _ = scene.add(scene.goods)
    #expect(
      scene.send("POST", "/promotions", ["code": "ONCE"]).violations
        == ["code used_by_customer"])
    let bob = try scene.bazaar.visitor()
    _ = scene.add(scene.goods, as: .user(bob))
    let bobs = scene.send("POST", "/promotions", ["code": "ONCE"], as: .user(bob))
    #expect(bobs.data?["promotions"]?[0]?["promotion_id"]?.string == promotion)
  }

  /// A code whose promotion is over stays in the cart and says so.
  @Test func aCodeThatStoppedApplyingSaysWhy() throws {
    let scene = try CartScene()
    try scene.promotion(100, code: "SPRING")
    _ = scene.add(scene.goods)
    _ = scene.send("POST", "/promotions", ["code": "SPRING"])
    let look = scene.bazaar.stack.look()
    try look.execute("UPDATE promotions.promotions SET status = 'ended'")
    #expect(answer(scene.get()) == ["P ended 0"])
    #expect(scene.get().data?["total"] == scene.money(1000))
    // The next promotion by that name takes its place.
    try scene.promotion(300, code: "spring", "name = 'Next'")
    #expect(answer(scene.get()) == ["Next applied 300"])
    try look.execute(
      "UPDATE promotions.promotions SET status = 'ended', deleted_at = now()")
    #expect(answer(scene.get()) == ["- unknown_code 0"])
    #expect(scene.get().data?["promotions"]?[0]?["code"]?.string == "SPRING")
  }

  @Test func codesThatAreNoneAreRefused() throws {
    let scene = try CartScene()
    #expect(
      scene.send("POST", "/promotions", ["code": "SPRING"]).violations == ["code cart_empty"])
    _ = scene.add(scene.goods)
    let before = try scene.bazaar.stack.database.contents()
    for (code, fault) in [
      (.string(String(repeating: "x", count: 10_240)), "too_long"), ("ab", "too_short"),
      ("", "too_short"), ("a b c", "invalid_code"), ("'; --", "invalid_code"),
      ("\u{e9}t\u{e9}", "invalid_code"), ("🏴‍☠️abc", "invalid_code"), (7, "wrong_type"),
      (nil, "required"),
      ([], "wrong_type"),
    ] as [(JSONValue, String)] {
      let answer = scene.send("POST", "/promotions", ["code": code])
      #expect(answer.status == 422)
      #expect(answer.violations == ["code \(fault)"], "\(answer)")
    }
    for code in ["x", String(repeating: "x", count: 10_240), "%27--", "nobodys"] {
      #expect(scene.send("DELETE", "/promotions/\(code)").isProblem(404, "not_found"))
    }
    #expect(try scene.bazaar.stack.database.contents() == before)
  }

  @Test func tenCodesAreEnough() throws {
    let scene = try CartScene()
    _ = scene.add(scene.goods)
    for number in 0...10 { try scene.promotion(1, code: "CODE-\(number)") }
    for number in 0..<10 {
      #expect(scene.send("POST", "/promotions", ["code": .string("CODE-\(number)")]).status == 201)
    }
    let refused = scene.send("POST", "/promotions", ["code": "CODE-10"])
    #expect(refused.isProblem(409, "too_many_codes"))
    #expect(scene.send("POST", "/promotions", ["code": "code-3"]).status == 201)
    #expect(scene.get().data?["discount"] == scene.money(10))
  }

  @Test func anotherShopsCodeDoesNothingHere() throws {
    let scene = try CartScene()
    try scene.promotion(100, code: "SPRING")
    let elsewhere = try scene.bazaar.goods([5], in: scene.bazaar.shop(of: scene.seller))
    _ = scene.add(elsewhere)
    #expect(
      scene.send("POST", "/promotions", ["code": "SPRING"]).violations == ["code unknown_code"])
  }
}
