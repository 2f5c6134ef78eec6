import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct CartLimitTests {
  @Test func ninetyNineLinesAreEnough() throws {
    let scene = try CartScene()
    let many = try scene.bazaar.goods(Array(repeating: 5, count: 100), in: scene.shop)
    func add(_ number: Int) -> TestAnswer {
      scene.send(
        "POST", "/items",
        ["variant_id": .string(many.variants[number].description), "quantity": 1])
    }
    for number in 0..<99 { #expect(add(number).status == 201) }
    #expect(add(99).isProblem(409, "cart_full"))
    #expect(add(5).status == 201)
    #expect(scene.quantities().count == 99)
  }

  /// Many add different things at once: never a hundredth line.
  @Test func theHundredthLineStaysOutForManyAtOnce() throws {
    let scene = try CartScene()
    let many = try scene.bazaar.goods(Array(repeating: 5, count: 120), in: scene.shop)
    let (stack, ana) = (scene.bazaar.stack, scene.ana)
    let statuses = try Together.run(
      threads: 8, rounds: 15, prepare: { (try Bazaar.cart(on: stack), $0) }
    ) { worker, round in
      worker.0.send(
        "POST", "/api/v1/cart/items", token: ana.token,
        json: [
          "variant_id": .string(many.variants[round * 8 + worker.1].description), "quantity": 1,
        ]
      ).status
    }.flatMap(\.self)
    #expect(statuses.filter { $0 == 201 }.count == 99)
    #expect(statuses.filter { $0 == 409 }.count == 21)
    #expect(try scene.bazaar.count("SELECT count(*) FROM cart.items") == 99)
    #expect(try scene.bazaar.count("SELECT count(*) FROM cart.carts") == 1)
    #expect(try stack.database.deadlocks() == 0)
  }

  /// Many add the same thing at once: no piece is lost, and none is one too many.
  @Test func everyPieceCounts() throws {
    let scene = try CartScene()
    let (stack, ana, goods) = (scene.bazaar.stack, scene.ana, scene.goods)
    let statuses = try Together.run(
      threads: 8, rounds: 15, prepare: { _ in try Bazaar.cart(on: stack) }
    ) { cart, _ in
      cart.send(
        "POST", "/api/v1/cart/items", token: ana.token,
        json: ["variant_id": .string(goods.variant), "quantity": 10]
      ).status
    }.flatMap(\.self)
    #expect(statuses.filter { $0 == 201 }.count == 99)
    #expect(statuses.filter { $0 == 422 }.count == 21)
    #expect(scene.quantities() == [990])
  }

  /// Each fault is named, and nothing is written.
  @Test(arguments: [
    ("{\"quantity\":0}", "quantity out_of_range"), ("{\"quantity\":-1}", "quantity out_of_range"),
    ("{\"quantity\":1000}", "quantity out_of_range"),
    ("{\"quantity\":9223372036854775807}", "quantity out_of_range"),
    ("{\"quantity\":99999999999999999999999}", "quantity out_of_range"),
    ("{\"quantity\":1.5}", "quantity wrong_type"), ("{\"quantity\":\"1\"}", "quantity wrong_type"),
    ("{}", "quantity required"), ("{\"quantity\":null}", "quantity required"),
  ])
  func quantitiesThatCannotBeAreRefused(_ body: String, _ fault: String) throws {
    let scene = try CartScene(.shared())
    guard case .object(var members) = try JSONValue.parse(Array(body.utf8)) else { return }
    members["variant_id"] = .string(scene.goods.variant)
    let answer = scene.send("POST", "/items", .object(members))
    #expect(answer.status == 422)
    #expect(answer.violations == [fault], "\(answer)")
    #expect(scene.quantities().isEmpty)
    #expect(
      try scene.bazaar.count(
        "SELECT count(*) FROM cart.carts WHERE user_id = \(scene.ana.user)") == 0)
  }

  @Test(arguments: ["-1", "1000", "1.5", "\"2\"", "null", "99999999999999999999"])
  func aLineKeepsItsQuantity(_ quantity: String) throws {
    let scene = try CartScene(.shared())
    _ = scene.add(scene.goods, 2)
    let body = try JSONValue.parse(Array("{\"quantity\":\(quantity)}".utf8))
    let answer = scene.send("PUT", "/items/\(scene.goods.id)", body)
    #expect(answer.status == 422, "\(answer)")
    #expect(scene.quantities() == [2])
  }

  @Test func whatIsNotThereCannotBeAdded() throws {
    let scene = try CartScene()
    let other = try scene.bazaar.goods([5], in: scene.shop)
    let archived = try scene.bazaar.goods([5], in: scene.shop)
    try scene.bazaar.archive(archived)
    let closed = try scene.bazaar.shop(of: scene.seller)
    let left = try scene.bazaar.goods([5], in: closed)
    try scene.bazaar.stack.look().execute(
      "UPDATE shops.shops SET status = 'archived' WHERE id = \(closed)")
    let before = try scene.bazaar.stack.database.contents()
    let none = "00000000000000000000000000"
    for (body, fault) in [
      (["variant_id": .string("var_\(none)")], "variant_id no_such_variant"),
      (["product_id": .string("prd_\(none)")], "product_id no_such_variant"),
      (["variant_id": .string(scene.goods.id)], "variant_id invalid_id"),
      (["product_id": .string(scene.goods.variant)], "product_id invalid_id"),
      (["variant_id": 7], "variant_id invalid_id"), ([:], "variant_id required"),
      (
        ["variant_id": .string(scene.goods.variant), "product_id": .string(other.id)],
        "variant_id variant_of_another_product"
      ),
      (["variant_id": .string(archived.variant)], "variant_id not_for_sale"),
      (["product_id": .string(archived.id)], "product_id not_for_sale"),
      (["variant_id": .string(left.variant)], "variant_id not_for_sale"),
    ] as [([String: JSONValue], String)] {
      var members = JSONObject()
      for (key, value) in body { members[key] = value }
      members["quantity"] = 1
      let answer = scene.send("POST", "/items", .object(members))
      #expect(answer.status == 422)
      #expect(answer.violations == [fault], "\(answer)")
    }
    for wrong in ["usr_\(none)", "x", scene.shop.description, "itm_\(none)"] {
      #expect(
        scene.send("PUT", "/items/\(wrong)", ["quantity": 1]).isProblem(404, "not_found"))
      #expect(scene.send("DELETE", "/items/\(wrong)").isProblem(404, "not_found"))
    }
    #expect(try scene.bazaar.stack.database.contents() == before)
  }
}
