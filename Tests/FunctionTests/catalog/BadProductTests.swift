import Core
import HTTP
import JSON
import KitTesting
import Testing

/// Whatever a seller sends, the answer says what to change, and nothing is written.
@Suite struct BadProductTests {
  private static func price(_ amount: JSONValue, _ currency: JSONValue = "VND") -> JSONValue {
    ["price": ["amount": amount, "currency": currency]]
  }

  private static let bad: [(JSONValue, [String])] = [
    (price(0), ["price.amount out_of_range"]),
    (price(-1), ["price.amount out_of_range"]),
    (price(10_000_000_000_001), ["price.amount out_of_range"]),
    (price(.integer(.max)), ["price.amount out_of_range"]),
    (price(.integer(.min)), ["price.amount out_of_range"]),
    (price(.decimal("99999999999999999999")), ["price.amount out_of_range"]),
    (price(.decimal("19.99")), ["price.amount fractional_amount"]),
    (price(.decimal("0.001")), ["price.amount fractional_amount"]),
    (price(.decimal("1e3")), ["price.amount fractional_amount"]),
    (price("100"), ["price.amount wrong_type"]),
    (price(true), ["price.amount wrong_type"]),
    (price(100, "USD"), ["price currency_mismatch"]),
    (price(100, "vnd"), ["price.currency invalid_currency"]),
    (price(100, "XXX"), ["price.currency invalid_currency"]),
    (price(100, 704), ["price.currency wrong_type"]),
    (["price": 100], ["price wrong_type"]),
    (["price": []], ["price wrong_type"]),
    (["price": [:]], ["price.amount required", "price.currency required"]),
    (["price": nil], ["price required"]),
    (["shop_id": nil], ["shop_id required"]),
    (["shop_id": "prd_00000000000000000000000000"], ["shop_id invalid_id"]),
    (["shop_id": 7], ["shop_id invalid_id"]),
    (["category_id": "shp_00000000000000000000000000"], ["category_id invalid_id"]),
    (["category_id": "cat_00000000000000000000000000"], ["category_id no_such_category"]),
    (["name": nil], ["name required"]), (["name": "  "], ["name invalid_text"]),
    (["name": .string(String(repeating: "n", count: 201))], ["name too_long"]),
    (["name": "a\u{7}b"], ["name invalid_text"]),
    (["description": .string(String(repeating: "n", count: 20_001))], ["description too_long"]),
    (["images": ["javascript:alert(1)"]], ["images invalid_url"]),
    (["images": "https://img.example/a.png"], ["images wrong_type"]),
    (["attributes": []], ["attributes wrong_type"]),
    (["attributes": ["a": ["b": 1]]], ["attributes invalid_attribute"]),
    (["attributes": ["a": .decimal("1e999999")]], ["attributes invalid_attribute"]),
    (["attributes": ["": 1]], ["attributes invalid_attribute"]),
    (["stock": -1], ["stock out_of_range"]),
    (["stock": 1_000_000_001], ["stock out_of_range"]),
    (["stock": .decimal("1.5")], ["stock wrong_type"]),
    (["status": "archived"], ["status not_a_choice"]),
    (["variants": []], ["variants invalid_list"]),
    (["variants": [7]], ["variants[0] wrong_type"]),
    (["variants": [["stock": 1]], "stock": 1], ["stock stock_of_variants"]),
    (
      ["variants": [["price": ["amount": 5, "currency": "USD"]]]],
      ["variants[0].price currency_mismatch"]
    ),
    (["variants": [[:]], "price": nil], ["variants[0].price required"]),
    (["variants": [[:], [:]]], ["variants[1].options same_options"]),
    (
      ["variants": [["sku": "A", "options": ["S": "1"]], ["sku": "A", "options": ["S": "2"]]]],
      ["variants[1].sku same_sku"]
    ),
    (
      [
        "options": [["name": "S", "values": ["1"]]],
        "variants": [["options": ["S": "2"]], ["options": ["T": "1"]]],
      ],
      ["variants[0].options unknown_option", "variants[1].options unknown_option"]
    ),
    (["variants": [["options": ["S": 1]]]], ["variants[0].options wrong_type"]),
    (["options": [["name": "S", "values": ["1"]]]], ["variants[0].options unknown_option"]),
    (
      [
        "options": [["name": "S", "values": ["1", "1"]], ["name": "S", "values": ["1"]]],
        "variants": [["options": ["S": "1"]]],
      ],
      [
        "options[0].values same_value", "options[1].name same_option",
        "variants[0].options unknown_option",
      ]
    ),
    (["options": [["name": "S"]]], ["options[0].values required"]),
    (
      ["variants": [["options": ["A": "1", "B": "1", "C": "1", "D": "1"]]]],
      ["variants[0].options invalid_options"]
    ),
    (["variants": [["options": ["A": " "]]]], ["variants[0].options invalid_options"]),
  ]

  @Test func badProductsAreRefused() throws {
    let market = try Market()
    let seller = try market.seller()
    let before = try market.stack.database.contents()
    for (members, violations) in Self.bad {
      let answer = market.post(seller, members)
      #expect(answer.isProblem(422, "validation_failed"), "\(members): \(answer)")
      #expect(answer.violations == violations, "\(members)")
    }
    let foreign = try market.seller()
    #expect(
      market.post(seller, ["shop_id": .string(foreign.shop)]).isProblem(404, "not_found"))
    let nowhere = market.post(seller, ["shop_id": "shp_00000000000000000000000000"])
    #expect(nowhere.isProblem(404, "not_found"))
    let after = try market.stack.database.contents()
    for table in after.keys where table.hasPrefix("catalog.") || table.hasPrefix("inventory.") {
      #expect(after[table] == before[table], "\(table)")
    }
  }

  @Test func bulksOfNoneAndOfMoreThanAHundredAreRefused() throws {
    let market = try Market()
    let seller = try market.seller()
    let before = try market.stack.database.contents()
    for count in [0, 101] {
      let bulk = JSONValue.array((0..<count).map { _ in seller.product() })
      let answer = market.catalog.send(
        "POST", "/api/v1/products", token: seller.token, json: bulk)
      #expect(answer.violations == [" invalid_list"], "\(answer)")
    }
    #expect(try market.stack.database.contents() == before)
  }

  @Test func variantsOfOtherProductsAreNone() throws {
    let market = try Market()
    let seller = try market.seller()
    let (product, other) = (try market.product(seller), try market.product(seller))
    let own = product["variants"][0]?.id ?? "?"
    let foreign = other["variants"][0]?.id ?? "?"
    let before = try market.stack.database.contents()
    for (variants, violations) in [
      ([["id": .string(foreign)]], ["variants[0].id no_such_variant"]),
      ([["id": .string(product.id)]], ["variants[0].id invalid_id"]),
      (
        [
          ["id": .string(own), "options": ["S": "1"]], ["id": .string(own), "options": ["S": "2"]],
        ],
        ["variants[1].id same_variant"]
      ),
    ] as [(JSONValue, [String])] {
      let answer = market.put(seller, product.id, ["variants": variants])
      #expect(answer.status == 422, "\(answer)")
      #expect(Set(answer.violations).isSuperset(of: violations), "\(answer)")
    }
    #expect(
      market.put(seller, product.id, ["price": ["amount": 5, "currency": "USD"]]).violations
        == ["variants[0].price currency_mismatch"])
    #expect(try market.stack.database.contents() == before)
  }

  @Test func idsOfTheWrongKindNameNothing() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    for id in [seller.shop, "1", "prd_", "%20", "..%2f", "PRD_00000000000000000000000000"] {
      for method in ["GET", "PUT", "DELETE"] {
        let answer = market.catalog.send(
          method, "/api/v1/products/\(id)", token: seller.token, json: ["name": "x"])
        #expect(answer.status == 404, "\(method) \(id): \(answer)")
      }
    }
  }

  /// What hostile or careless people type is looked for, or refused, and never an error of ours.
  @Test func whateverIsTypedIsOnlyLookedFor() throws {
    let market = try Market()
    let seller = try market.seller()
    try market.product(seller, ["name": "Plain mug"])
    for text in [
      "&", "|", "!", "()", "(mug", "mug:*", "mug & | !", "<->", "'mug'", "\"mug", "\\", "%", "_",
      "';DROP TABLE catalog.products;--", "mug\u{202e}", "👕🛍️", "a", "1", "-1", "1e400", "mug\tmug",
      "\u{0301}\u{0301}", "漢字", "ﷺ", "İ", "mug:A", "$1", "\(String(repeating: "mug ", count: 49))",
    ] {
      for path in ["/products/search", "/products/suggest", "/products"] {
        let answer = market.get("\(path)?q=\(escaped(text))")
        #expect(answer.status == 200, "\(path) \(text): \(answer)")
      }
    }
    #expect(market.get("/products/search?q=\(escaped("(mug | & !"))").total == 1)
    for path in ["/products/search", "/products/suggest"] {
      for text in ["", "   ", "\t\n", "\u{3000}"] {
        #expect(market.get("\(path)?q=\(escaped(text))").violations == ["q required"])
      }
      let long = market.get("\(path)?q=\(String(repeating: "x", count: 10_240))")
      #expect(long.violations == ["q too_long"])
      #expect(market.get("\(path)?q=%00").isProblem(400, "malformed_query"))
      #expect(market.get("\(path)?q=%ff").isProblem(400, "malformed_query"))
    }
    #expect(market.get("/products?q=%20").data?.array?.count == 1)
    let many = (1...6).map { "&attr.a\($0)=1" }.joined()
    #expect(market.get("/products/search?q=mug\(many)").violations == ["attr too_many"])
    for value in ["true", "5", "-5", "1.5", "1.", "--5", "\"", "[]", "9223372036854775808", "0x1"] {
      let answer = market.get("/products/search?q=mug&attr.x=\(escaped(value))")
      #expect(answer.status == 200, "\(value): \(answer)")
    }
  }
}
