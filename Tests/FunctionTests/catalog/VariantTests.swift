import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct VariantTests {
  @Test func whatIsNotToldOfAVariantStays() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller, ProductTests.shirt)
    let (first, second) = (product["variants"][0], product["variants"][1])
    let answer = market.put(
      seller, product.id,
      [
        "variants": [
          ["id": .string(second?.id ?? "?"), "sku": "NEW"],
          ["id": .string(first?.id ?? "?"), "price": ["amount": 99_000, "currency": "VND"]],
        ]
      ])
    #expect(answer.status == 200, "\(answer)")
    let variants = answer.data?["variants"]
    #expect(variants?.array?.map { $0["sku"] } == ["NEW", "T-M-R"])
    #expect(variants[0]["options"] == second?["options"])
    #expect(variants[0]["price"] == second?["price"])
    #expect(variants[1]["price"]?["amount"] == 99_000)
    #expect(variants[1]["available"] == 2)
    #expect(answer.data?["price"]?["amount"] == 99_000)
    #expect(answer.data?["version"] == 2)
  }

  @Test func twoVariantsMayTradeTheirOptionsAndSkus() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller, ProductTests.shirt)
    let (first, second) = (product["variants"][0], product["variants"][1])
    let answer = market.put(
      seller, product.id,
      [
        "variants": [
          [
            "id": .string(first?.id ?? "?"), "sku": "T-L-B",
            "options": second?["options"] ?? .null,
          ],
          [
            "id": .string(second?.id ?? "?"), "sku": "T-M-R",
            "options": first?["options"] ?? .null,
          ],
        ]
      ])
    #expect(answer.data?["variants"]?.array?.map { $0["sku"] } == ["T-L-B", "T-M-R"], "\(answer)")
  }

  @Test func onePriceIsForAllVariants() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller, ProductTests.shirt)
    let answer = market.put(
      seller, product.id, ["price": ["amount": 70_000, "currency": "VND"]])
    #expect(
      answer.data?["variants"]?.array?.map { $0["price"]?["amount"] } == [70_000, 70_000],
      "\(answer)")
  }

  @Test func aNewVariantOpensItsStock() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller)
    #expect(product["in_stock"] == false)
    let answer = market.put(
      seller, product.id,
      [
        "options": [["name": "Size", "values": ["M", "L"]]],
        "variants": [
          [
            "id": .string(product["variants"][0]?.id ?? "?"), "options": ["Size": "M"],
          ],
          [
            "options": ["Size": "L"], "stock": 4,
            "price": ["amount": 150_000, "currency": "VND"],
          ],
        ],
      ])
    #expect(answer.data?["variants"][1]["available"] == 4, "\(answer)")
    #expect(answer.data?["in_stock"] == true)
    #expect(answer.data?["variants"][1]["price"]?["amount"] == 150_000)
  }

  @Test func aVariantThatIsLeftOutIsArchivedAndNoLongerSellable() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller, ProductTests.shirt)
    let (first, second) = (product["variants"][0]?.id ?? "?", product["variants"][1]?.id ?? "?")
    let leftInStock = market.put(seller, product.id, ["variants": [["id": .string(second)]]])
    #expect(leftInStock.isProblem(409, "variant_in_stock"))
    let answer = market.put(seller, product.id, ["variants": [["id": .string(first)]]])
    #expect(answer.data?["variants"]?.array?.map(\.id) == [first], "\(answer)")
    let id = try #require(VariantID(second))
    let isSellable: Bool? = try market.stack.look().first(
      "SELECT s.sellable FROM catalog_api.sellable AS s WHERE s.variant_id = \(id)"
    ) { row in try row.next() }
    #expect(isSellable == false)
    let back = market.put(seller, product.id, ["variants": [["id": .string(second)]]])
    #expect(back.violations.contains("variants[0].id no_such_variant"))
  }

  @Test func theHistoryOfPricesIsTheSellersToRead() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let product = try market.product(seller)
    for amount in [160_000, 160_000, 140_000] {
      _ = market.put(
        seller, product.id, ["price": ["amount": .integer(Int64(amount)), "currency": "VND"]])
    }
    let path = "/products/\(product.id)/prices"
    let answer = market.get(path, seller.token)
    #expect(
      answer.data?.array?.map { $0["price"]?["amount"] } == [140_000, 160_000, 150_000],
      "\(answer)")
    #expect(answer.data?[0]["changed_by"] == .string(seller.visitor.id))
    let first = market.get("\(path)?limit=1", seller.token)
    let cursor = first.json["meta"]?["next_cursor"]?.string ?? "?"
    let rest = market.get("\(path)?cursor=\(cursor)", seller.token)
    #expect(rest.data?.array?.count == 2)
    #expect(try market.get(path, market.seller().token).isProblem(404, "not_found"))
  }

  /// Both read the same version; one of them is told.
  @Test func ofTwoChangesAtOnceOneIsStale() throws {
    let market = try Market()
    let seller = try market.seller()
    let product = try market.product(seller, ["stock": 5])
    let stack = market.stack
    let answers = try Together.run(
      threads: 4, rounds: 5, prepare: { _ in try Market.catalog(on: stack) }
    ) { function, round in
      function.send(
        "PUT", "/api/v1/products/\(product.id)", token: seller.token,
        json: ["price": ["amount": .integer(Int64(1000 + round)), "currency": "VND"]],
        headers: [(.ifMatch, "\"\(round + 1)\"")]
      ).status
    }
    for statuses in answers { #expect(statuses.sorted() == [200, 412, 412, 412]) }
    let notes: Int? = try stack.look().first("SELECT count(*) FROM catalog.price_history") {
      row in try row.next()
    }
    #expect(notes == 6)
  }
}
