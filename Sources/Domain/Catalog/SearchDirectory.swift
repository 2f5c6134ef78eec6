internal import Core
package import Postgres

/// Full-text search. What it ranks and counts is bounded: beyond `hitsMax` hits the rest is not
/// looked at, and the answer says that its numbers are lower bounds. A search among a million
/// products therefore costs hardly more than one among ten thousand.
package enum SearchDirectory {
  package static let hitsMax = 1000
  /// Products whose name begins with what was asked for are hits whatever else there is.
  static let namesMax = 200

  package struct Found: Sendable {
    package let products: [PlacedProduct]
    package let total: Int
    package let isTotalExact: Bool
    /// Nil unless asked for.
    package let facets: Facets?
  }

  /// One round trip. One product more than `limit`.
  package static func search(
    _ text: String, _ filter: ProductFilter, _ sort: ProductSort, after place: ProductPlace?,
    limit: Int, offset: Int = 0, withFacets: Bool, in database: some Querying
  ) throws -> Found {
    let statement = self.statement(
      text, filter, sort, after: place, limit: limit, offset: offset, withFacets: withFacets)
    var total = 0
    var facets: Facets?
    let found: [PlacedProduct?] = try database.query(statement) { row in
      total = try row.next()
      if let text: String = try row.next() { facets = try Facets(json: text) }
      guard let value: Int = try row.next() else { return nil }
      let product = try Product(&row)
      return PlacedProduct(product: product, place: ProductPlace(value: value, id: product.id))
    }
    return Found(
      products: found.compactMap(\.self), total: min(total, hitsMax),
      isTotalExact: total <= hitsMax, facets: facets)
  }

  package static func statement(
    _ text: String, _ filter: ProductFilter, _ sort: ProductSort, after place: ProductPlace?,
    limit: Int, offset: Int, withFacets: Bool
  ) -> SQL {
    let order = SearchOrder(sort)
    // Postgres plans once for all only where it knows about how much is wanted. To plan this anew
    // took three times as long as to run it.
    let facets: SQL = withFacets ? FacetDirectory.object(filter) : "NULL::text"
    return """
      WITH wanted AS MATERIALIZED (\(wanted(text))), found AS MATERIALIZED (
        SELECT p.id, p.shop_id, p.category_id, p.price, p.currency, p.attributes, p.rating,
               p.sold, p.created_at, \(score) AS score
        FROM (\(hits(filter, except: nil))) AS hits JOIN catalog.products AS p ON p.id = hits.id
      )\(withFacets ? FacetDirectory.tables(filter) : ""), page AS (
        SELECT best.id, best.place, best.rank FROM (
          SELECT f.id, \(order.column) AS place,
                 row_number() OVER (ORDER BY \(order.order)) AS rank
          FROM found AS f \(place.map(order.beyond) ?? "")
          ORDER BY \(order.order)
          LIMIT \(constant: ProductDirectory.atLeast(limit + 1 + offset))
        ) AS best
        ORDER BY best.rank LIMIT \(limit + 1) OFFSET \(offset)
      ), summary AS MATERIALIZED (
        SELECT count(*) AS total, \(facets) AS facets FROM found
      )
      SELECT summary.total,
             CASE WHEN page.rank IS NULL OR page.rank = \(offset + 1) THEN summary.facets END,
             page.place, \(ProductStore.columns)
      FROM summary LEFT JOIN page ON true
      LEFT JOIN (catalog.products AS p \(ProductStore.joins)) ON p.id = page.id
      ORDER BY page.rank
      """
  }

  /// Exact names first, then names that begin so, then names with the words as they were
  /// typed, then by where and how often words or forms of them stand; what sells better breaks
  /// ties. A whole number, which a cursor compares exactly.
  private static let score: SQL = """
    (CASE WHEN p.name_words = (SELECT w.words FROM wanted AS w) THEN 4000000000
          WHEN starts_with(p.name_words, (SELECT w.words FROM wanted AS w)) THEN 2000000000
          ELSE 0 END
     + CASE WHEN p.document @@ (
              SELECT CASE WHEN w.words <> ''
                     THEN (replace(w.words, ' ', ':A & ') || ':A')::tsquery END
              FROM wanted AS w) THEN 1000000000 ELSE 0 END
     + round(ts_rank(p.document, (SELECT w.query FROM wanted AS w))::numeric * 1000000) * 1000
     + LEAST(p.sold, 999))::bigint
    """

  /// The words as names have them, and the queries made of them; one row, whatever was typed.
  static func wanted(_ text: String) -> SQL {
    """
    SELECT t.words, q.query, q.category_ids, q.category_rest, q.shop_ids, q.shop_rest,
           \(ShelfDirectory.newest) AS shelf
    FROM (SELECT souk.words(\(text)) AS words) AS t
    LEFT JOIN catalog.search_terms(\(text)) AS q ON true
    """
  }

  /// The ids of what fits text and filter, the filter of one facet left out: by the beginning of
  /// the name, by the document, and by the name of the category or the shop together with what
  /// words that leaves.
  static func hits(_ filter: ProductFilter, except facet: Facet?) -> SQL {
    let condition = FilterDirectory.all(filter, except: facet)
    let category: SQL = "p.category_id = ANY ((SELECT w.category_ids FROM wanted AS w)::uuid[])"
    let shop: SQL = "p.shop_id = ANY ((SELECT w.shop_ids FROM wanted AS w)::uuid[])"
    // Each way is barred by what the query says before Postgres takes a step on it.
    let ways: [SQL] = [
      """
      (SELECT w.category_rest IS NOT NULL FROM wanted AS w)
        AND p.document @@ (SELECT w.category_rest FROM wanted AS w) AND \(category)
      """,
      """
      (SELECT w.category_ids IS NOT NULL AND w.category_rest IS NULL FROM wanted AS w)
        AND \(category)
      """,
      """
      (SELECT w.shop_rest IS NOT NULL FROM wanted AS w)
        AND p.document @@ (SELECT w.shop_rest FROM wanted AS w) AND \(shop)
      """,
      """
      (SELECT w.shop_ids IS NOT NULL AND w.shop_rest IS NULL FROM wanted AS w) AND \(shop)
      """,
    ]
    let documents = ShelfDirectory(columns: "p.id", condition: condition, enough: hitsMax + 1)
    let named: SQL = """
      WITH \(documents.tables)
      SELECT named.id FROM (
        SELECT p.id FROM catalog.products AS p JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.status = 'active' AND s.status = 'active'
          AND p.name_words ~>=~ (SELECT NULLIF(w.words, '') FROM wanted AS w)
          AND p.name_words ~<~ (SELECT w.words || chr(1114111) FROM wanted AS w) \(condition)
        ORDER BY p.name_words USING ~<~ LIMIT \(constant: namesMax)
      ) AS named
      UNION SELECT documents.id FROM (\(documents.found)) AS documents
      """
    return ways.reduce(named) { hits, way in
      """
      \(hits) UNION SELECT matching.id FROM (
        SELECT p.id FROM catalog.products AS p JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.status = 'active' AND s.status = 'active' AND \(way) \(condition)
        LIMIT \(constant: hitsMax + 1)
      ) AS matching
      """
    }
  }
}

/// How a sort of hits stands in SQL.
private struct SearchOrder {
  let column: SQL
  private let isDescending: Bool

  init(_ sort: ProductSort) {
    isDescending = sort != .price
    switch sort {
    case .relevance: column = "f.score"
    case .newest: column = "(extract(epoch FROM f.created_at) * 1000000)::bigint"
    case .price, .priceDescending: column = "f.price"
    case .bestSelling: column = "f.sold"
    case .rating: column = "f.rating::bigint"
    }
  }

  var order: SQL { isDescending ? "\(column) DESC, f.id DESC" : "\(column), f.id" }

  func beyond(_ place: ProductPlace) -> SQL {
    let sign: SQL = isDescending ? "<" : ">"
    return "WHERE (\(column), f.id) \(sign) (\(place.value), \(place.id))"
  }
}
