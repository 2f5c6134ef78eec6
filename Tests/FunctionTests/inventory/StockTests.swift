import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

/// A seller, their shop, and what is on its shelves.
struct StockScene {
  let bazaar: Bazaar
  let inventory: TestFunction
  let seller: Visitor
  let shop: ShopID
  let goods: Goods

  init(_ pieces: [Int] = [10], bazaar: Bazaar? = nil) throws {
    self.bazaar = try bazaar ?? Bazaar()
    inventory = try Bazaar.inventory(on: self.bazaar.stack)
    seller = try self.bazaar.visitor([.seller])
    shop = try self.bazaar.shop(of: seller)
    goods = try self.bazaar.goods(pieces, in: shop)
  }

  var path: String { "/api/v1/inventory/\(goods.id)" }

  func put(
    _ body: JSONValue, key: String? = nil, as visitor: Visitor? = nil,
    headers: [(Field, String)] = []
  ) -> TestAnswer {
    inventory.send(
      "PUT", path, token: (visitor ?? seller).token, json: body,
      headers: headers + [(.idempotencyKey, key ?? "\(IDSource().uuid())")])
  }

  func get(_ visitor: Visitor? = nil) -> TestAnswer {
    inventory.send("GET", path, token: visitor?.token)
  }
}

@Suite struct StockTests {
  @Test func theShopSeesEverythingAndOthersWhatTheyCanBuy() throws {
    let scene = try StockScene([10, 0])
    let own = scene.get(scene.seller)
    #expect(own.data?["product_id"]?.string == scene.goods.id)
    #expect(own.data?["variants"]?.array?.count == 2)
    let first = own.data["variants"][0]
    #expect(first["variant_id"].string == scene.goods.variant)
    #expect(first["sku"].string != nil)
    for (field, number) in [
      ("on_hand", 10), ("reserved", 0), ("available", 10), ("low_stock_threshold", 5),
    ] {
      #expect(first[field].integer == Int64(number), "\(field)")
    }
    #expect(first["in_stock"].bool == true)
    #expect(own.data["variants"][1]["in_stock"].bool == false)
    #expect(own.header("Cache-Control") == "private, no-cache")
    for stranger in [nil, try scene.bazaar.visitor(), try scene.bazaar.visitor([.seller])] {
      let seen = scene.get(stranger)
      #expect(seen.status == 200)
      let keys = seen.data["variants"][0].object?.members.map(\.key) ?? []
      #expect(Set(keys) == ["variant_id", "sku", "available", "in_stock"])
    }
    #expect(scene.get().header("Cache-Control") == "public, max-age=1")
  }

  @Test func countingAndCorrecting() throws {
    let scene = try StockScene()
    let set = scene.put(["quantity": 7, "expected": 10])
    #expect(set.status == 200, "\(set)")
    #expect(set.data["variants"][0]["on_hand"].integer == 7)
    let added = scene.put(["delta": 5, "reason": "a delivery"])
    #expect(added.data["variants"][0]["on_hand"].integer == 12)
    let taken = scene.put(["delta": -2, "reason": "broken"])
    #expect(taken.data["variants"][0]["on_hand"].integer == 10)
    #expect(scene.get(scene.seller).text == taken.text)
    #expect(scene.get(scene.seller).header("ETag") == taken.header("ETag"))
  }

  @Test func whoeverExpectsAnotherNumberHearsTheTrueOne() throws {
    let scene = try StockScene()
    let before = try scene.bazaar.stack.database.contents()
    let refused = scene.put(["quantity": 7, "expected": 9])
    #expect(refused.isProblem(409, "number_moved"))
    #expect(refused.json["details"]["on_hand"].integer == 10)
    #expect(try scene.bazaar.stack.database.contents() == before)
  }

  @Test func neverBelowWhatOrdersHold() throws {
    let scene = try StockScene()
    try scene.bazaar.stack.look().execute(
      "UPDATE inventory.stock SET reserved = 4 WHERE variant_id = \(scene.goods.variants[0])")
    for body in [["quantity": 3], ["delta": -7, "reason": "broken"]] as [JSONValue] {
      let refused = scene.put(body)
      #expect(refused.isProblem(409, "below_reserved"), "\(refused)")
      #expect(refused.json["details"] == ["on_hand": 10, "reserved": 4])
    }
    #expect(scene.put(["delta": -11, "reason": "x"]).violations == ["delta below_zero"])
    #expect(scene.put(["quantity": 4]).status == 200)
  }

  @Test func severalVariantsChangeTogetherOrNotAtAll() throws {
    let scene = try StockScene([1, 2])
    let (a, b) = (scene.goods.variants[0].description, scene.goods.variants[1].description)
    let both = scene.put([
      "variants": [
        ["variant_id": .string(a), "quantity": 5],
        ["variant_id": .string(b), "delta": 3, "reason": "found", "low_stock_threshold": 9],
      ]
    ])
    #expect(both.data["variants"][0]["on_hand"].integer == 5)
    #expect(both.data["variants"][1]["on_hand"].integer == 5)
    #expect(both.data["variants"][1]["low_stock_threshold"].integer == 9)
    let before = try scene.bazaar.stack.database.contents()
    let half = scene.put([
      "variants": [
        ["variant_id": .string(a), "quantity": 7],
        ["variant_id": .string(b), "quantity": 1, "expected": 4],
      ]
    ])
    #expect(half.isProblem(409, "number_moved"))
    #expect(scene.put(["quantity": 7]).violations == ["variant_id choose_a_variant"])
    let twice = scene.put([
      "variants": [
        ["variant_id": .string(a), "quantity": 7], ["variant_id": .string(a), "quantity": 8],
      ]
    ])
    #expect(twice.violations == ["variants[1].variant_id named_twice"])
    #expect(try scene.bazaar.stack.database.contents() == before)
  }

  /// Each field that cannot be is named, and nothing is written.
  @Test(
    arguments: [
      (["quantity": -1], ["quantity out_of_range"]),
      (["quantity": 1_000_000_001], ["quantity out_of_range"]),
      (["quantity": "7"], ["quantity wrong_type"]),
      (["delta": 0, "reason": "x"], ["delta out_of_range"]),
      (["delta": 1], ["reason required"]), (["delta": 1, "reason": " "], ["reason invalid_text"]),
      (["delta": 1_000_000_000, "reason": "x"], ["delta out_of_range"]),
      ([:], ["quantity required"]), (["expected": 3], ["expected needs_quantity"]),
      (["quantity": 1, "delta": 1, "reason": "x"], ["delta one_or_the_other"]),
      (["low_stock_threshold": -1], ["low_stock_threshold out_of_range"]),
      (["variant_id": "prd_00000000000000000000000000", "quantity": 1], ["variant_id invalid_id"]),
      (
        ["variant_id": "var_00000000000000000000000000", "quantity": 1],
        ["variant_id no_such_variant"]
      ),
      (["variants": []], ["variants invalid_list"]),
      (["variants": [["quantity": -3]]], ["variants[0].quantity out_of_range"]),
      (["variants": [["quantity": 3]], "quantity": 3], ["quantity not_with_variants"]),
      (["quantity": 1, "reference": ""], ["reference too_short"]),
    ] as [(JSONValue, [String])])
  func whatCannotBeIsRefused(_ body: JSONValue, _ faults: [String]) throws {
    let scene = try StockScene(bazaar: .shared())
    let before = try scene.bazaar.count(
      "SELECT count(*) FROM inventory.movements WHERE product_id = \(scene.goods.product)")
    let answer = scene.put(body)
    #expect(answer.status == 422)
    #expect(answer.violations == faults, "\(answer)")
    #expect(
      try scene.bazaar.count(
        "SELECT count(*) FROM inventory.movements WHERE product_id = \(scene.goods.product)")
        == before)
  }

  /// More digits than any number here has, and numbers that are no whole ones.
  @Test(arguments: ["99999999999999999999", "1e3", "1.5", "-99999999999999999999", "null"])
  func numbersThatAreNoneAreRefused(_ number: String) throws {
    let scene = try StockScene(bazaar: .shared())
    let answer = scene.inventory.send(
      "PUT", scene.path, token: scene.seller.token, body: "{\"quantity\":\(number)}",
      headers: [(.idempotencyKey, "k\(scene.goods.id)")])
    #expect(answer.status == 422, "\(answer)")
  }

  @Test func aVariantOfAnotherProductIsNone() throws {
    let scene = try StockScene()
    let other = try scene.bazaar.goods([3], in: scene.shop)
    let answer = scene.put(["variant_id": .string(other.variant), "quantity": 1])
    #expect(answer.violations == ["variant_id no_such_variant"])
  }

  @Test func othersShelvesAreNotThere() throws {
    let scene = try StockScene()
    let before = try scene.bazaar.stack.database.contents()
    let rival = try scene.bazaar.visitor([.seller])
    _ = try scene.bazaar.shop(of: rival)
    #expect(scene.put(["quantity": 0], as: rival).isProblem(404, "not_found"))
    let paths = ["\(scene.path)/history", "/api/v1/shops/\(scene.shop)/low-stock"]
    for path in paths {
      #expect(
        scene.inventory.send("GET", path, token: rival.token).isProblem(404, "not_found"))
    }
    let customer = try scene.bazaar.visitor()
    #expect(scene.put(["quantity": 0], as: customer).isProblem(403, "role_required"))
    for wrong in ["prd_0", scene.shop.description, "prd_00000000000000000000000000"] {
      let path = "/api/v1/inventory/\(wrong)"
      #expect(scene.inventory.send("GET", path).isProblem(404, "not_found"))
      let put = scene.inventory.send(
        "PUT", path, token: scene.seller.token, json: ["quantity": 1],
        headers: [(.idempotencyKey, wrong)])
      #expect(put.isProblem(404, "not_found"))
    }
    let after = try scene.bazaar.stack.database.contents()
    #expect(after["inventory.stock"] == before["inventory.stock"])
    #expect(after["inventory.movements"] == before["inventory.movements"])
  }

  @Test func whatIsOffTheMarketIsSeenByItsShopAlone() throws {
    let scene = try StockScene()
    try scene.bazaar.archive(scene.goods)
    #expect(scene.get().isProblem(404, "not_found"))
    #expect(scene.get(try scene.bazaar.visitor()).isProblem(404, "not_found"))
    #expect(scene.get(scene.seller).status == 200)
  }

  @Test func aStaleTagIsRefusedAndTheTagOfAReadIsNot() throws {
    let scene = try StockScene()
    let tag = try #require(scene.get(scene.seller).header("ETag"))
    #expect(scene.put(["quantity": 3], headers: [(.ifMatch, tag)]).status == 200)
    #expect(
      scene.put(["quantity": 4], headers: [(.ifMatch, tag)]).isProblem(412, "stale_version"))
    #expect(
      scene.inventory.send("GET", scene.path, headers: [(.ifNoneMatch, tag)]).status == 200)
  }
}
