import Catalog
import Core
import KitTesting
import Postgres
import Testing

/// How Postgres goes about lists and searches among thirty thousand products. What it reads of
/// them here is what it would read of a million.
@Suite struct PlanTests {
  private static let filled = Result {
    let database = try TestDatabase()
    let patient = DatabaseSettings(
      url: database.url, applicationName: "test", statementTimeout: .minutes(2))
    try fill(Database(patient))
    return database
  }

  /// 50 shops, 6 categories below 2, and every tenth product sold out.
  private static func fill(_ database: Database) throws {
    try database.execute(
      """
      INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
      SELECT md5('shop' || n)::uuid, 'Shop ' || n, 'shop-' || n, 'VND', md5('owner')::uuid, now(),
             now()
      FROM generate_series(1, 50) AS n
      """)
    try database.execute(
      """
      INSERT INTO catalog.categories (id, parent_id, name, slug, created_at, updated_at)
      SELECT md5('category' || n)::uuid,
             CASE WHEN n > 2 THEN md5('category' || n % 2 + 1)::uuid END, 'Category ' || n,
             'category-' || n, now(), now()
      FROM generate_series(1, 8) AS n
      """)
    try database.execute(
      """
      INSERT INTO catalog.category_ancestors (category_id, ancestor_id, distance)
      SELECT id, id, 0 FROM catalog.categories
      UNION ALL SELECT id, parent_id, 1 FROM catalog.categories WHERE parent_id IS NOT NULL
      """)
    // As if there had been many before: the two newest shelves are full of these.
    try database.execute("ALTER TABLE catalog.products ALTER COLUMN number RESTART WITH 100000")
    try database.execute(
      """
      INSERT INTO catalog.products
        (id, shop_id, category_id, name, description, slug, price, currency, in_stock, sold,
         rating_sum, rating_count, status, created_by, created_at, updated_at)
      SELECT md5('product' || n)::uuid, md5('shop' || n % 50 + 1)::uuid,
             md5('category' || n % 8 + 1)::uuid,
             (ARRAY['Red', 'Green', 'Blue', 'Grey', 'Pink'])[n % 5 + 1] || ' thing number' || n,
             CASE WHEN n % 39 = 0 THEN 'Curious' ELSE '' END, 'thing-' || n,
             n % 977 * 100 + 100, 'VND', n % 10 <> 0, n % 613, n % 5 + 1, 1,
             'active', md5('owner')::uuid, now() - n * interval '1 second', now()
      FROM generate_series(1, 30000) AS n
      """)
    try database.execute("ANALYZE")
  }

  private static let category = "SELECT id FROM catalog.categories WHERE name = 'Category 1'"
  private static let shop = "SELECT id FROM shops.shops WHERE name = 'Shop 7'"

  private static func id<Kind>(_ query: String, in database: Database) throws -> ID<Kind> {
    let id: ID<Kind>? = try database.first("\(unescaped: query)") { row in try row.next() }
    return try #require(id)
  }

  private static func plan(of statement: SQL, in database: Database) throws -> String {
    try database.query("EXPLAIN \(statement)") { row in try row.next() as String }
      .joined(separator: "\n")
  }

  private static let sorts = ProductSort.allCases.filter { $0 != .relevance }

  /// One sort merges the parts of the list, another may put the page's products in order; neither
  /// sees more than the page.
  @Test func everyListWalksAlongTheIndexOfItsOrder() throws {
    let database = try Self.filled.get().database()
    let category: CategoryID = try Self.id(Self.category, in: database)
    let shop: ShopID = try Self.id(Self.shop, in: database)
    let place = ProductPlace(value: 50_000, id: ProductID(UUID(high: 1 << 63, low: 0)))
    let filters = [
      ProductFilter(), ProductFilter(category: category), ProductFilter(shop: shop),
    ]
    for sort in Self.sorts {
      for filter in filters {
        for inStock in [nil, true, false] {
          for after in [nil, place] {
            var filter = filter
            filter.inStock = inStock
            let plan = try Self.plan(
              of: ProductDirectory.page(
                filter, ProductOrder(sort), after: after, limit: 20, offset: 0), in: database)
            #expect(plan.contains("Index Scan"), "\(plan)")
            // The few variants of each product are sorted by themselves.
            let sorts = plan.split(separator: "Sort Key: ").dropFirst()
              .filter { !$0.hasPrefix("v.\"position\"") }
            #expect(sorts.count <= 2, "\(sort) \(plan)")
            #expect(!plan.contains("Seq Scan on products"), "\(plan)")
            #expect(!plan.contains("Bitmap Heap Scan on products"), "\(plan)")
          }
        }
      }
    }
  }

  @Test func narrowerListsReadNoWholeTable() throws {
    let database = try Self.filled.get().database()
    let category: CategoryID = try Self.id(Self.category, in: database)
    let shop: ShopID = try Self.id(Self.shop, in: database)
    for filter in [
      ProductFilter(shop: shop, category: category),
      ProductFilter(minPrice: 1000, maxPrice: 1200), ProductFilter(minRating: 4),
    ] {
      for sort in Self.sorts {
        let plan = try Self.plan(
          of: ProductDirectory.page(
            filter, ProductOrder(sort), after: nil, limit: 20, offset: 0), in: database)
        #expect(!plan.contains("Seq Scan on products"), "\(sort) \(plan)")
      }
    }
  }

  @Test func aSearchFindsByItsIndexes() throws {
    let database = try Self.filled.get().database()
    let category: CategoryID = try Self.id(Self.category, in: database)
    for filter in [ProductFilter(), ProductFilter(category: category, maxPrice: 5000)] {
      let plan = try Self.plan(
        of: SearchDirectory.statement(
          "green number77", filter, .relevance, after: nil, limit: 20, offset: 0,
          withFacets: true), in: database)
      #expect(plan.contains("on products_documents"), "\(plan)")
      #expect(plan.contains("products_names"), "\(plan)")
    }
  }

  /// A word of every fifth product: what is looked at is bounded, and the answer says so.
  @Test func aSearchThatFindsTooMuchSaysSo() throws {
    let database = try Self.filled.get().database()
    let found = try SearchDirectory.search(
      "green", ProductFilter(), .relevance, after: nil, limit: 20, withFacets: true, in: database)
    #expect(found.total == SearchDirectory.hitsMax)
    #expect(!found.isTotalExact)
    #expect(found.products.count == 21)
    let exact = try SearchDirectory.search(
      "number77", ProductFilter(), .relevance, after: nil, limit: 20, withFacets: false,
      in: database)
    #expect(exact.isTotalExact)
    #expect(exact.products.first?.product.name == "Blue thing number77")
  }

  /// Words of so many products that two shelves are more than enough, of which one is not full.
  @Test func wordsOfManyProductsAreLookedForAmongTheNewestInStock() throws {
    let database = try Self.filled.get().database()
    for sort in [ProductSort.newest, .price] {
      let found = try SearchDirectory.search(
        "thing green", ProductFilter(), sort, after: nil, limit: 100, withFacets: false,
        in: database)
      #expect(found.products.allSatisfy { $0.product.number >= 7 << 14 && $0.product.inStock })
      #expect(found.products.count == 101)
    }
    let suggested = try SuggestionDirectory.suggest("thing", limit: 20, in: database)
    #expect(suggested.count == 20)
  }

  /// What shelves do not have enough of is found wherever it stands, and counted exactly.
  @Test(arguments: [
    ("curious", 769), ("number29990", 1), ("curious number29991", 1), ("silent", 0),
  ])
  func rarerWordsAreFoundAlsoWhereTheyAreSoldOut(text: String, count: Int) throws {
    let database = try Self.filled.get().database()
    let found = try SearchDirectory.search(
      text, ProductFilter(), .relevance, after: nil, limit: 20, withFacets: false, in: database)
    #expect(found.total == count)
    #expect(found.isTotalExact)
    let soldOut = try SearchDirectory.search(
      text, ProductFilter(inStock: false), .relevance, after: nil, limit: 100, withFacets: false,
      in: database)
    #expect(soldOut.total == (text == "curious" ? 76 : text == "number29990" ? 1 : 0))
  }

  @Test func aShelfIsSearchedThroughTheIndexOfDocuments() throws {
    let database = try Self.filled.get().database()
    let plan = try Self.plan(
      of: SearchDirectory.statement(
        "green", ProductFilter(), .relevance, after: nil, limit: 20, offset: 0, withFacets: true),
      in: database)
    #expect(plan.contains("Index Cond: ((document @@"), "\(plan)")
    #expect(plan.contains("= shelf.number))"), "\(plan)")
  }
}
