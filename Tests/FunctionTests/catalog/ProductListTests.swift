import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ProductListTests {
  /// Twelve products in a tree of categories and two shops; names tell the number.
  private struct Shelf {
    let market: Market
    let home, kitchen, clothes: String
    let first, second: Seller

    init() throws {
      market = try Market()
      let admin = try market.bazaar.visitor([.admin])
      home = try market.category("Home", admin)
      kitchen = try market.category("Kitchen", below: home, admin)
      clothes = try market.category("Clothes", admin)
      (first, second) = (try market.seller("One"), try market.seller("Two"))
      let categories = [home, kitchen, clothes]
      for number in 1...12 {
        market.stack.clock.advance(by: .seconds(1))
        try market.product(
          number.isMultiple(of: 2) ? first : second,
          [
            "name": .string("\(number)"), "category_id": .string(categories[number % 3]),
            "price": ["amount": .integer(Int64(number % 5 + 1) * 100), "currency": "VND"],
            "stock": .integer(number % 4 == 0 ? 0 : 1),
          ])
      }
      try market.stack.look().execute(
        """
        UPDATE catalog.products
        SET sold = (number * 7) % 5, rating_count = 1, rating_sum = number % 5 + 1
        """)
    }

    func names(_ query: String, _ token: String? = nil) -> [String] {
      market.get("/products\(query)", token).each("name")
    }

    /// All that cursors lead to, in steps of `limit`.
    func walk(_ query: String, by limit: Int) -> [String] {
      var (seen, cursor): ([String], String?) = ([], "")
      while let next = cursor, seen.count < 100 {
        let answer = market.get("/products?\(query)&limit=\(limit)&cursor=\(next)")
        #expect(answer.status == 200, "\(answer)")
        seen += answer.each("name")
        cursor = answer.json["meta"]?["next_cursor"]?.string
      }
      return seen
    }
  }

  private static let value: [String: @Sendable (Int) -> Int] = [
    "newest": { -$0 }, "price": { $0 % 5 + 1 }, "-price": { -($0 % 5 + 1) },
    "best_selling": { -($0 * 7 % 5) }, "rating": { -($0 % 5 + 1) },
  ]

  /// By the value of the sort; the later created stands first where it descends.
  private static func expected(_ sort: String, _ numbers: [Int]) -> [String] {
    let value = value[sort] ?? { $0 }
    return numbers.sorted { left, right in
      if value(left) != value(right) { return value(left) < value(right) }
      return sort == "price" ? left < right : left > right
    }.map(String.init)
  }

  @Test func everySortGoesWithEveryFilterByCursorAndByPage() throws {
    let shelf = try Shelf()
    let filters: [(String, @Sendable (Int) -> Bool)] = [
      ("", { _ in true }), ("in_stock=true", { $0 % 4 != 0 }), ("in_stock=false", { $0 % 4 == 0 }),
      ("category_id=\(shelf.home)", { $0 % 3 != 2 }),
      ("category_id=\(shelf.kitchen)&in_stock=true", { $0 % 3 == 1 && $0 % 4 != 0 }),
      ("shop_id=\(shelf.first.shop)", { $0 % 2 == 0 }),
      ("shop_id=\(shelf.second.shop)&category_id=\(shelf.home)", { $0 % 2 == 1 && $0 % 3 != 2 }),
      ("min_price=200&max_price=400", { (2...4).contains($0 % 5 + 1) }),
      ("min_rating=4", { $0 % 5 + 1 >= 4 }),
    ]
    for sort in Self.value.keys.sorted() {
      for (filter, holds) in filters {
        let all = Self.expected(sort, (1...12).filter(holds))
        let query = "sort=\(sort)&\(filter)"
        #expect(shelf.names("?\(query)") == all, "\(query)")
        #expect(shelf.walk(query, by: 2) == all, "\(query)")
        let page = shelf.market.get("/products?\(query)&page=2&limit=2")
        #expect(page.each("name") == Array(all.dropFirst(2).prefix(2)), "\(query)")
        #expect(page.total == all.count, "\(query)")
      }
    }
  }

  @Test func aListGoesOnWhileOthersWrite() throws {
    let shelf = try Shelf()
    let first = shelf.market.get("/products?limit=5")
    let cursor = first.json["meta"]?["next_cursor"]?.string ?? "?"
    shelf.market.stack.clock.advance(by: .seconds(1))
    try shelf.market.product(shelf.first, ["name": "13"])
    let second = shelf.market.get("/products?limit=5&cursor=\(cursor)")
    #expect(first.each("name") + second.each("name") == (3...12).reversed().map(String.init))
  }

  @Test func draftsAreListedForTheirSellerAlone() throws {
    let shelf = try Shelf()
    let seller = shelf.first
    try shelf.market.product(seller, ["name": "draft", "status": "draft"])
    let gone = try shelf.market.product(seller, ["name": "gone"])
    _ = shelf.market.catalog.send(
      "DELETE", "/api/v1/products/\(gone.id)", token: seller.token, bytes: nil)
    let mine = "?shop_id=\(seller.shop)"
    #expect(shelf.names("\(mine)&status=draft", seller.token) == ["draft"])
    #expect(shelf.names("\(mine)&status=archived", seller.token) == ["gone"])
    #expect(shelf.names("\(mine)&status=all", seller.token).count == 8)
    #expect(shelf.names("\(mine)&status=all&limit=3&page=2", seller.token).count == 3)
    #expect(shelf.names(mine).count == 6)
    #expect(!shelf.names("").contains("draft"))
    for token in [shelf.second.token] {
      let answer = shelf.market.get("/products\(mine)&status=draft", token)
      #expect(answer.isProblem(404, "not_found"))
    }
    let anonymous = shelf.market.get("/products\(mine)&status=draft")
    #expect(anonymous.isProblem(401, "missing_token"))
    let nameless = shelf.market.get("/products?status=draft", seller.token)
    #expect(nameless.violations == ["shop_id required"])
  }

  @Test func badQueriesAreRefused() throws {
    let shelf = try Shelf()
    let cursor = shelf.market.get("/products?limit=1").json["meta"]?["next_cursor"]?.string ?? "?"
    let other =
      shelf.market.get("/products?limit=1&sort=price")
      .json["meta"]?["next_cursor"]?.string ?? "?"
    for (query, violation) in [
      ("page=0", "page out_of_range"), ("page=501", "page out_of_range"),
      ("page=-1", "page out_of_range"), ("page=x", "page out_of_range"),
      ("limit=0", "limit out_of_range"), ("limit=100000", "limit out_of_range"),
      ("limit=1.5", "limit out_of_range"), ("per_page=101", "per_page out_of_range"),
      ("sort=cheapest", "sort not_a_choice"), ("sort=relevance", "sort needs_q"),
      ("in_stock=1", "in_stock wrong_type"), ("shop_id=1", "shop_id invalid_id"),
      ("shop_id=\(shelf.home)", "shop_id invalid_id"), ("category_id=", "category_id invalid_id"),
      ("category_id=\(shelf.first.shop)", "category_id invalid_id"),
      ("min_price=-1", "min_price out_of_range"), ("min_price=1.5", "min_price out_of_range"),
      ("max_price=99999999999999999999", "max_price out_of_range"),
      ("min_price=5&max_price=4", "max_price out_of_range"),
      ("min_rating=6", "min_rating out_of_range"), ("status=sold", "status not_a_choice"),
      ("attr.Size=M", "attr needs_q"), ("cursor=\(cursor)A", "cursor invalid_cursor"),
      ("cursor=\(cursor.dropLast())", "cursor invalid_cursor"),
      ("cursor=A\(cursor.dropFirst())", "cursor invalid_cursor"),
      ("cursor=\(other)", "cursor invalid_cursor"), ("cursor=x", "cursor invalid_cursor"),
      ("cursor=\(cursor)&q=x", "cursor invalid_cursor"),
    ] {
      let answer = shelf.market.get("/products?\(query)")
      #expect(answer.isProblem(422, "validation_failed"), "\(query): \(answer)")
      #expect(answer.violations == [violation], "\(query)")
    }
    #expect(shelf.market.get("/products?limit=2&q=%").isProblem(400, "malformed_query"))
  }

  @Test func whatIsNotThereIsAnEmptyList() throws {
    let shelf = try Shelf()
    #expect(shelf.names("?category_id=cat_00000000000000000000000000") == [])
    #expect(shelf.names("?shop_id=shp_00000000000000000000000000") == [])
    let late = shelf.market.get("/products?page=500&limit=100")
    #expect(late.data == [])
    #expect(late.total == 12)
  }

  @Test func anybodysListMayBeKeptForASecond() throws {
    let shelf = try Shelf()
    let answer = shelf.market.get("/products")
    #expect(answer.header("Cache-Control") == "public, max-age=1, stale-while-revalidate=1")
    let again = shelf.market.catalog.send(
      "GET", "/api/v1/products", bytes: nil,
      headers: [(.ifNoneMatch, answer.header("ETag") ?? "?")])
    #expect(again.status == 304)
    let known = shelf.market.get("/products", shelf.first.token)
    #expect(known.header("Cache-Control") == "private, no-cache")
  }
}
