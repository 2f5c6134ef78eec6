import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ProductTests {
  @Test func aProductWithoutVariantsHasOne() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let answer = market.post(
      seller,
      [
        "name": "Nồi cơm điện", "description": "Cooks rice.\nWell.", "stock": 3,
        "images": ["https://img.example/1.png"], "attributes": ["Colour": "Red", "Litres": 2],
      ])
    #expect(answer.status == 201, "\(answer)")
    let product = try #require(answer.data)
    #expect(answer.header("Location") == "/api/v1/products/\(product.id)")
    #expect(product["shop"]?["name"] == "Nhà Xanh")
    #expect(product["slug"]?.string?.hasPrefix("noi-com-dien-") == true)
    #expect(product["price"] == ["amount": 150_000, "currency": "VND"])
    #expect(product["in_stock"] == true)
    #expect(product["status"] == "active")
    #expect(product["category_id"] == .null)
    #expect(product["attributes"] == ["Colour": "Red", "Litres": 2])
    #expect(product["variants"]?.array?.count == 1)
    let variant = product["variants"][0]
    #expect(variant["available"] == 3)
    #expect(variant["options"] == [:])
    #expect(variant["sku"]?.string?.isEmpty == false)
    #expect(market.get("/products/\(product.id)").data == product)
    #expect(
      product.object?.members.map(\.key) == [
        "id", "number", "shop_id", "shop", "name", "slug", "description", "category_id", "images",
        "attributes", "options", "variants", "price", "in_stock", "sold", "rating_average",
        "rating_count", "status", "version", "created_at", "updated_at",
      ])
  }

  static let shirt: JSONValue = [
    "options": [
      ["name": "Size", "values": ["M", "L"]], ["name": "Colour", "values": ["Red", "Blue"]],
    ],
    "variants": [
      ["sku": "T-M-R", "options": ["Size": "M", "Colour": "Red"], "stock": 2],
      [
        "sku": "T-L-B", "options": ["Colour": "Blue", "Size": "L"],
        "price": ["amount": 120_000, "currency": "VND"],
      ],
    ],
  ]

  @Test func variantsKeepTheirOrderAndTheLowestPriceIsTheProducts() throws {
    let market = try Market.shared()
    let product = try market.product(market.seller(), Self.shirt)
    #expect(product["variants"]?.array?.map { $0["sku"] } == ["T-M-R", "T-L-B"])
    #expect(product["variants"][1]["options"] == ["Size": "L", "Colour": "Blue"])
    #expect(product["variants"]?.array?.map { $0["in_stock"] } == [true, false])
    #expect(product["price"]?["amount"] == 120_000)
    #expect(product["options"] == Self.shirt["options"])
  }

  @Test func optionsNeedNotBeToldWhereVariantsNameThem() throws {
    let market = try Market.shared()
    let product = try market.product(
      market.seller(),
      ["variants": [["options": ["Size": "S"]], ["options": ["Size": "XL"]]]])
    #expect(product["options"] == [["name": "Size", "values": ["S", "XL"]]])
  }

  @Test func slugsStayGoodAfterARename() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller, ["name": "Old name"])
    let first = product["slug"]?.string ?? "?"
    let renamed = market.put(seller, product.id, ["name": "New name"])
    let second = renamed.data?["slug"]?.string ?? "?"
    #expect(second.hasPrefix("new-name-"))
    for slug in [first, second] {
      #expect(market.get("/products/\(slug)").data?.id == product.id)
    }
    let back = market.put(seller, product.id, ["name": "Old name"])
    #expect(back.data?["slug"]?.string == first)
    #expect(market.get("/products/\(second)").data?["slug"]?.string == first)
    #expect(market.get("/products/no-such-slug").isProblem(404, "not_found"))
  }

  @Test func aBulkIsAllOrNone() throws {
    let market = try Market()
    let seller = try market.seller()
    let many = JSONValue.array(
      (1...100).map { seller.product(["name": .string("Product \($0)"), "stock": 1]) })
    let answer = market.catalog.send(
      "POST", "/api/v1/products", token: seller.token, json: many)
    #expect(answer.status == 201, "\(answer)")
    #expect(answer.each("name") == (1...100).map { "Product \($0)" })
    let before = try market.stack.database.contents()
    let broken = JSONValue.array([
      seller.product(), seller.product(["price": ["amount": 0, "currency": "VND"]]),
      seller.product(["name": ""]), "text",
    ])
    let refused = market.catalog.send(
      "POST", "/api/v1/products", token: seller.token, json: broken)
    #expect(
      refused.violations == [
        "[1].price.amount out_of_range", "[2].name too_short", "[3] wrong_type",
      ])
    let foreign = JSONValue.array([
      seller.product(), seller.product(["price": ["amount": 5, "currency": "USD"]]),
    ])
    let other = market.catalog.send(
      "POST", "/api/v1/products", token: seller.token, json: foreign)
    #expect(other.violations == ["[1].price currency_mismatch"])
    let twins = JSONValue.array((1...2).map { _ in seller.product(["variants": [["sku": "A"]]]) })
    let taken = market.catalog.send("POST", "/api/v1/products", token: seller.token, json: twins)
    #expect(taken.isProblem(409, "sku_taken"))
    #expect(try market.stack.database.contents() == before)
  }

  @Test func aRepeatedKeyCreatesOnce() throws {
    let market = try Market()
    let seller = try market.seller()
    let answers = (1...2).map { _ in
      market.catalog.send(
        "POST", "/api/v1/products", token: seller.token, json: seller.product(),
        headers: [(.idempotencyKey, "once")])
    }
    #expect(answers.map(\.status) == [201, 201])
    #expect(answers[0].data == answers[1].data)
    #expect(answers[0].header("ETag") == answers[1].header("ETag"))
    #expect(market.get("/products").data?.array?.count == 1)
  }

  @Test func theTagChangesWithEverythingTheAnswerSays() throws {
    let market = try Market()
    let seller = try market.seller()
    let product = try market.product(seller, ["stock": 1])
    let path = "/products/\(product.id)"
    var tags = [market.get(path).header("ETag") ?? "?"]
    let id = try #require(ProductID(product.id))
    for statement in [
      "UPDATE inventory.stock SET on_hand = 9 WHERE product_id = \(id)",
      "SELECT catalog_api.stock_changed(\(id), false)", "SELECT catalog_api.sold(\(id), 3)",
      "UPDATE shops.shops SET name = 'Renamed'",
    ] as [SQL] {
      try market.stack.look().execute(statement)
      tags.append(market.get(path).header("ETag") ?? "?")
    }
    #expect(Set(tags).count == tags.count)
    #expect(tags.allSatisfy { $0.hasPrefix("\"1-") })
    // It is still the version that the seller read.
    let change = market.put(seller, product.id, ["name": "Next"], ifMatch: tags[0])
    #expect(change.data?["version"] == 2, "\(change)")
    #expect(market.put(seller, product.id, ["name": "X"], ifMatch: tags[0]).status == 412)
    #expect(market.put(seller, product.id, ["name": "X"], ifMatch: "\"2\"").status == 200)
  }

  @Test func draftsAndArchivedOnesAreTheSellersToSee() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let draft = try market.product(seller, ["status": "draft"])
    let path = "/products/\(draft.id)"
    #expect(market.get(path).isProblem(404, "not_found"))
    #expect(market.get(path, seller.token).data?["status"] == "draft")
    #expect(try market.get(path, market.seller().token).status == 404)
    #expect(market.put(seller, draft.id, ["status": "active"]).status == 200)
    #expect(market.get(path).status == 200)
    let removal = market.catalog.send(
      "DELETE", "/api/v1\(path)", token: seller.token, bytes: nil)
    #expect(removal.status == 204)
    #expect(market.get(path).status == 404)
    #expect(market.get(path, seller.token).data?["status"] == "archived")
    let admin = try market.bazaar.visitor([.admin])
    #expect(market.get(path, admin.token).status == 200)
  }

  @Test(arguments: ["paused", "banned", "archived"])
  func theProductsOfAClosedShopAreHidden(_ status: String) throws {
    let market = try Market()
    let seller = try market.seller()
    let product = try market.product(seller, ["name": "Kettle", "stock": 1])
    try market.stack.look().execute("UPDATE shops.shops SET status = \(status)")
    #expect(market.get("/products/\(product.id)").status == 404)
    #expect(market.get("/products").data == [])
    #expect(market.get("/products/search?q=kettle").data == [])
    #expect(market.get("/products/suggest?q=ket").data == [])
    #expect(market.get("/products/\(product.id)/reviews").status == 404)
    #expect(market.get("/products/\(product.id)", seller.token).status == 200)
    let isSellable: Bool? = try market.stack.look().first(
      "SELECT s.sellable FROM catalog_api.sellable AS s WHERE s.shop_status = \(status)"
    ) { row in try row.next() }
    #expect(isSellable == false)
    let change = market.put(seller, product.id, ["name": "Pot"])
    #expect(status == "paused" ? change.status == 200 : change.isProblem(409, "shop_closed"))
    let another = market.post(seller)
    #expect(status == "paused" ? another.status == 201 : another.isProblem(409, "shop_closed"))
  }
}

extension Market {
  func put(
    _ seller: Seller, _ product: String, _ body: JSONValue, ifMatch tag: String? = nil
  ) -> TestAnswer {
    catalog.send(
      "PUT", "/api/v1/products/\(product)", token: seller.token, json: body,
      headers: tag.map { [(.ifMatch, $0)] } ?? [])
  }
}
