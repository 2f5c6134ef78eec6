import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct CartTests {
  @Test func showsWhatItHoldsAndWhatThatCosts() throws {
    let scene = try CartScene()
    let dear = try scene.bazaar.goods([5], in: scene.shop, price: 2550, name: "Pot")
    let added = scene.add(scene.goods, 2)
    #expect(added.status == 201, "\(added)")
    #expect(added.header("Location") == "/api/v1/cart")
    #expect(added.data?["token"] == nil)
    _ = scene.add(dear)
    let cart = scene.get()
    #expect(cart.status == 200)
    #expect(cart.data?["id"]?.string?.hasPrefix("crt_") == true)
    #expect(cart.data?["items"]?.array?.count == 2)
    let line = cart.data["items"][0]
    #expect(line["id"].string?.hasPrefix("itm_") == true)
    #expect(line["product_id"].string == scene.goods.id)
    #expect(line["variant_id"].string == scene.goods.variant)
    #expect(line["shop_id"].string == scene.shop.description)
    #expect(line["name"].string == "Tea")
    #expect(line["image"] == JSONValue.null)
    #expect(line["quantity"].integer == 2)
    #expect(line["unit_price"] == scene.money(1000))
    #expect(line["line_total"] == scene.money(2000))
    #expect(line["discount"] == scene.money(0))
    #expect(line["available"].integer == 10)
    #expect(line["changes"] == [])
    #expect(cart.data?["subtotal"] == scene.money(4550))
    #expect(cart.data?["discount"] == scene.money(0))
    #expect(cart.data?["shipping"] == scene.money(0))
    #expect(cart.data?["total"] == scene.money(4550))
    #expect(cart.data?["problems"] == [])
    #expect(cart.data?["promotions"] == [])
    #expect(cart.header("Cache-Control") == "private, no-cache")
  }

  @Test func anEmptyOneCostsNothing() throws {
    let scene = try CartScene()
    for buyer in [CartScene.Buyer.user(scene.ana), .guest(nil), .guest("nonsense")] {
      let cart = scene.get(as: buyer)
      #expect(cart.status == 200)
      #expect(cart.data?["id"] == .null)
      #expect(cart.data?["items"] == [])
      #expect(cart.data?["total"] == scene.money(0, "XXX"))
      #expect(cart.data?["token"] == nil)
    }
    #expect(try scene.bazaar.count("SELECT count(*) FROM cart.carts") == 0)
  }

  @Test func theSameLineAddsUp() throws {
    let scene = try CartScene()
    _ = scene.add(scene.goods, 2)
    _ = scene.send("POST", "/items", ["product_id": .string(scene.goods.id), "quantity": 3])
    #expect(scene.quantities() == [5])
    let most = scene.add(scene.goods, 994)
    #expect(most.status == 201)
    let over = scene.add(scene.goods, 1)
    #expect(over.violations == ["quantity too_many_pieces"])
    #expect(over.json["details"]["in_cart"].integer == 999)
    #expect(scene.quantities() == [999])
  }

  @Test func aLineIsNamedByItselfOrByWhatIsInIt() throws {
    let scene = try CartScene()
    let item = try #require(
      scene.add(scene.goods, 2).data?["items"]?[0]?["id"]?.string)
    for (number, name) in [item, scene.goods.variant, scene.goods.id].enumerated() {
      let quantity = Int64(number + 5)
      let changed = scene.send("PUT", "/items/\(name)", ["quantity": .integer(quantity)])
      #expect(changed.status == 200, "\(changed)")
      #expect(changed.data?["items"]?[0]?["quantity"]?.integer == quantity)
      #expect(changed.text == scene.get().text)
    }
    #expect(scene.send("PUT", "/items/\(item)", ["quantity": 0]).data?["items"] == [])
    for name in [item, scene.goods.variant, scene.goods.id] {
      #expect(
        scene.send("PUT", "/items/\(name)", ["quantity": 1]).isProblem(404, "not_found"))
      #expect(scene.send("DELETE", "/items/\(name)").isProblem(404, "not_found"))
      _ = scene.add(scene.goods)
      let id = name == item ? scene.get().data?["items"]?[0]?["id"]?.string ?? "?" : name
      #expect(scene.send("DELETE", "/items/\(id)").status == 204)
      #expect(scene.quantities().isEmpty)
    }
  }

  @Test func severalVariantsAskForAChoice() throws {
    let scene = try CartScene()
    let shirt = try scene.bazaar.goods([3, 3], in: scene.shop)
    let byProduct: JSONValue = ["product_id": .string(shirt.id), "quantity": 1]
    #expect(
      scene.send("POST", "/items", byProduct).violations == ["product_id choose_a_variant"])
    for variant in shirt.variants {
      let answer = scene.send(
        "POST", "/items",
        [
          "product_id": .string(shirt.id), "variant_id": .string(variant.description),
          "quantity": 1,
        ])
      #expect(answer.status == 201)
    }
    #expect(
      scene.send("PUT", "/items/\(shirt.id)", ["quantity": 4]).violations
        == ["id choose_a_variant"])
  }

  @Test func clearingTakesOutEverything() throws {
    let scene = try CartScene()
    _ = scene.add(scene.goods)
    try scene.promotion(100, code: "SPRING")
    #expect(scene.send("POST", "/promotions", ["code": "spring"]).status == 201)
    #expect(scene.send("DELETE").status == 204)
    #expect(scene.get().data?["items"] == [])
    #expect(try scene.bazaar.count("SELECT count(*) FROM cart.codes") == 0)
    #expect(scene.send("DELETE").status == 204)
    #expect(scene.send("DELETE", as: .guest("nonsense")).status == 204)
  }

  @Test func tellsWhatChangedSince() throws {
    let scene = try CartScene()
    _ = scene.add(scene.goods, 2)
    try scene.bazaar.setPrice(1200, of: scene.goods)
    try scene.bazaar.stack.look().execute(
      "UPDATE catalog.products SET name = 'Green tea' WHERE id = \(scene.goods.product)")
    let cart = scene.get()
    #expect(cart.data?["items"]?[0]?["unit_price"] == scene.money(1200))
    #expect(cart.data?["items"]?[0]?["name"]?.string == "Green tea")
    #expect(cart.data?["total"] == scene.money(2400))
    #expect(
      cart.data?["items"]?[0]?["changes"] == [
        [
          "code": "price_changed", "before": scene.money(1000), "after": scene.money(1200),
        ],
        ["code": "name_changed", "before": "Tea", "after": "Green tea"],
      ])
    // Who adds more of it has seen what it costs now.
    #expect(scene.add(scene.goods).data?["items"]?[0]?["changes"] == [])
  }

  @Test func tellsWhatStandsInTheWay() throws {
    let scene = try CartScene()
    let scarce = try scene.bazaar.goods([2], in: scene.shop, name: "Cup")
    let gone = try scene.bazaar.goods([0], in: scene.shop, name: "Bowl")
    let withdrawn = try scene.bazaar.goods([5], in: scene.shop, name: "Jug")
    for goods in [scene.goods, scarce, gone, withdrawn] { _ = scene.add(goods, 3) }
    try scene.bazaar.archive(withdrawn)
    let cart = scene.get()
    let items = cart.data?["items"]?.array ?? []
    let problems = cart.data?["problems"]?.array ?? []
    #expect(
      problems.map { "\($0["code"]?.string ?? "") \($0["message"]?.string ?? "")" } == [
        "insufficient_stock Of Cup there are only 2 left.", "out_of_stock Bowl is sold out.",
        "not_for_sale Jug is not for sale any more.",
      ])
    #expect(
      problems.compactMap { $0["item_id"]?.string }
        == items.dropFirst().compactMap { $0["id"]?.string })
    #expect(items.compactMap { $0["available"]?.integer } == [10, 2, 0, 0])
    // What nobody can buy costs nothing.
    #expect(items[3]["line_total"] == scene.money(0))
    #expect(cart.data?["total"] == scene.money(9000))
    try scene.bazaar.stack.look().execute(
      "UPDATE shops.shops SET status = 'archived' WHERE id = \(scene.shop)")
    #expect(scene.get().data?["problems"]?.array?.count == 4)
  }

  @Test func currenciesAreNotAddedUp() throws {
    let scene = try CartScene()
    let hanoi = try scene.bazaar.shop(of: scene.seller, currency: "VND")
    let silk = try scene.bazaar.goods([5], in: hanoi, price: 250_000)
    _ = scene.add(scene.goods)
    _ = scene.add(silk, 2)
    let cart = scene.get()
    for field in ["subtotal", "discount", "shipping", "total"] {
      #expect(cart.data?[field] == .null, "\(field)")
    }
    #expect(
      cart.data?["totals"]?.array?.compactMap { $0["total"] }
        == [scene.money(1000), scene.money(500_000, "VND")])
    #expect(cart.data?["problems"]?[0]?["code"]?.string == "mixed_currencies")
    #expect(scene.send("DELETE", "/items/\(silk.id)").status == 204)
    #expect(scene.get().data?["total"] == scene.money(1000))
  }

  @Test func aTagSavesReadingAndGuardsWriting() throws {
    let scene = try CartScene()
    let tag = try #require(scene.add(scene.goods).header("ETag"))
    #expect(scene.get().header("ETag") != nil)
    let read = try #require(scene.get().header("ETag"))
    #expect(scene.send("GET", headers: [(.ifNoneMatch, read)]).status == 304)
    try scene.bazaar.setPrice(1, of: scene.goods)
    #expect(scene.send("GET", headers: [(.ifNoneMatch, read)]).status == 200)
    let path = "/items/\(scene.goods.id)"
    #expect(
      scene.send("PUT", path, ["quantity": 2], headers: [(.ifMatch, tag)]).status == 200)
    #expect(
      scene.send("PUT", path, ["quantity": 3], headers: [(.ifMatch, tag)])
        .isProblem(412, "stale_version"))
    #expect(scene.send("DELETE", path, headers: [(.ifMatch, tag)]).status == 412)
    #expect(scene.send("DELETE", headers: [(.ifMatch, tag)]).status == 412)
    #expect(scene.quantities() == [2])
  }

  @Test func aKeyMakesARepeatSafe() throws {
    let scene = try CartScene()
    let wish: JSONValue = ["variant_id": .string(scene.goods.variant), "quantity": 1]
    let answers = (1...3).map { _ in
      scene.send("POST", "/items", wish, headers: [(.idempotencyKey, "k")])
    }
    #expect(Set(answers.map(\.text)).count == 1)
    #expect(answers[2].header("Idempotent-Replayed") == "true")
    #expect(scene.quantities() == [1])
  }

  /// One round trip however much is in it, and next to no more time for the database.
  @Test func isReadInOneRoundTrip() throws {
    let scene = try CartScene()
    // The first request of a worker connects and fills the marks.
    _ = scene.get()
    #expect(scene.get().databaseRoundTrips == 1)
    for number in 1...98 {
      _ = scene.add(try scene.bazaar.goods([5], in: scene.shop, price: number))
    }
    try scene.promotion(1000, type: "percentage")
    _ = scene.add(scene.goods)
    let cart = scene.get()
    #expect(cart.data?["items"]?.array?.count == 99)
    #expect(cart.databaseRoundTrips == 1)
    #expect(cart.redisRoundTrips == 1)
  }
}
