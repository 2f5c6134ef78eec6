internal import Core
package import Postgres

/// Products in order. A list walks along the index of its order and stops after the page: it costs
/// the same among a thousand products and among a million.
package enum ProductDirectory {
  /// So many pages can be reached; nothing is counted beyond.
  static let pagesMax = 500

  /// One more than `limit`, so that the caller sees whether there are others.
  package static func list(
    _ filter: ProductFilter, _ sort: ProductSort, after place: ProductPlace?, limit: Int,
    in database: some Querying
  ) throws -> [PlacedProduct] {
    try database.query(
      page(filter, ProductOrder(sort), after: place, limit: limit, offset: 0), read)
  }

  /// A page and the number of all that fit, as far as pages reach, in one round trip.
  package static func page(
    _ filter: ProductFilter, _ sort: ProductSort, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (products: [Product], total: Int) {
    let (found, totals) = try database.read(
      Query(
        page(filter, ProductOrder(sort), after: nil, limit: limit, offset: offset), read),
      Query.reachable(matches(filter), upTo: pagesMax * limit))
    return (found.prefix(limit).map(\.product), totals.first ?? 0)
  }

  /// A product, after the value by which it is sorted.
  private static func read(_ row: inout Row) throws -> PlacedProduct {
    let value: Int = try row.next()
    let product = try Product(&row)
    return PlacedProduct(product: product, place: ProductPlace(value: value, id: product.id))
  }

  package static func page(
    _ filter: ProductFilter, _ order: ProductOrder, after place: ProductPlace?, limit: Int,
    offset: Int
  ) -> SQL {
    """
    WITH page AS (
      SELECT one.id, one.place
      FROM \(scopes(filter))
      CROSS JOIN LATERAL (
        SELECT p.id, \(order.column) AS place
        FROM catalog.products AS p
        JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.status = 'active' AND s.status = 'active' AND p.in_stock = scope.in_stock
          \(scoped(filter)) \(narrowed(filter)) \(place.map(order.beyond) ?? "")
        ORDER BY \(order.inner)
        LIMIT \(constant: atLeast(limit + 1 + offset))
      ) AS one
      ORDER BY \(order.outer("one"))
      LIMIT \(limit + 1) OFFSET \(offset)
    )
    SELECT \(order.number), \(ProductStore.columns)
    FROM page
    JOIN catalog.products AS p ON p.id = page.id \(ProductStore.joins)
    ORDER BY \(order.outer("page"))
    """
  }

  /// The planner should know about how many rows are wanted, and yet not see another statement for
  /// every number: those it would keep are few.
  static func atLeast(_ count: Int) -> Int {
    var enough = 21
    while enough < count { enough *= 5 }
    return enough
  }

  /// The parts that each have an index in the wanted order: merged they are the list.
  private static func scopes(_ filter: ProductFilter) -> SQL {
    let stock: SQL =
      filter.inStock.map { "(VALUES (\($0)))" } ?? "(VALUES (true), (false))"
    guard filter.shop == nil, let category = filter.category else {
      return "\(stock) AS scope (in_stock)"
    }
    return """
      (SELECT a.category_id, stock.in_stock
       FROM catalog.category_ancestors AS a CROSS JOIN \(stock) AS stock (in_stock)
       WHERE a.ancestor_id = \(category)) AS scope
      """
  }

  private static func scoped(_ filter: ProductFilter) -> SQL {
    if let shop = filter.shop {
      guard let category = filter.category else { return "AND p.shop_id = \(shop)" }
      return "AND p.shop_id = \(shop) AND \(belongs(to: category))"
    }
    return filter.category == nil ? "" : "AND p.category_id = scope.category_id"
  }

  static func belongs(to category: CategoryID) -> SQL {
    """
    p.category_id = ANY (ARRAY(
      SELECT a.category_id FROM catalog.category_ancestors AS a WHERE a.ancestor_id = \(category)))
    """
  }

  static func narrowed(_ filter: ProductFilter) -> SQL {
    var condition: SQL = ""
    if let price = filter.minPrice { condition = "\(condition) AND p.price >= \(price)" }
    if let price = filter.maxPrice { condition = "\(condition) AND p.price <= \(price)" }
    if let stars = filter.minRating { condition = "\(condition) AND p.rating >= \(stars * 100)" }
    return condition
  }

  private static func matches(_ filter: ProductFilter) -> SQL {
    var condition: SQL = narrowed(filter)
    if let isIn = filter.inStock { condition = "\(condition) AND p.in_stock = \(isIn)" }
    if let shop = filter.shop { condition = "\(condition) AND p.shop_id = \(shop)" }
    if let category = filter.category { condition = "\(condition) AND \(belongs(to: category))" }
    return """
      SELECT 1 FROM catalog.products AS p
      JOIN shops_api.shops AS s ON s.id = p.shop_id
      WHERE p.status = 'active' AND s.status = 'active' \(condition)
      """
  }
}

/// How a sort stands in SQL. Ids break ties, so that every product has one place.
package struct ProductOrder: Sendable {
  let column: SQL
  private let isDescending: Bool
  private let isTime: Bool

  package init(_ sort: ProductSort) {
    isTime = sort == .newest
    isDescending = sort != .price
    switch sort {
    case .newest, .relevance: column = "p.created_at"
    case .price, .priceDescending: column = "p.price"
    case .bestSelling: column = "p.sold"
    case .rating: column = "p.rating"
    }
  }

  var inner: SQL { isDescending ? "\(column) DESC, p.id DESC" : "\(column), p.id" }

  func outer(_ table: String) -> SQL {
    let end = isDescending ? " DESC" : ""
    return "\(unescaped: table).place\(unescaped: end), \(unescaped: table).id\(unescaped: end)"
  }

  /// The value of the sort as a whole number.
  var number: SQL {
    isTime ? "(extract(epoch FROM page.place) * 1000000)::bigint" : "page.place::bigint"
  }

  func beyond(_ place: ProductPlace) -> SQL {
    let value: SQL =
      isTime ? "\(Timestamp(microseconds: Int64(place.value)))" : "\(place.value)"
    let sign: SQL = isDescending ? "<" : ">"
    return "AND (\(column), p.id) \(sign) (\(value), \(place.id))"
  }
}
