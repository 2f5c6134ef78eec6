internal import Core
package import Postgres

/// What somebody who types may mean.
package struct Suggestion: Encodable, Sendable {
  package enum Kind: String, Encodable, Sendable {
    case product, category, shop
  }

  package let kind: Kind
  package let text: String
  package let id: String
  package let slug: String
}

package enum SuggestionDirectory {
  /// How many hits are looked at for the best.
  private static let hitsMax = 200

  /// Categories and shops first, a few of each, then products; one round trip.
  package static func suggest(_ text: String, limit: Int, in database: some Querying) throws
    -> [Suggestion]
  {
    let (categories, shops, products) = try database.read(
      Query(
        """
        SELECT c.id, c.name, c.slug FROM catalog.categories AS c
        WHERE c.name_document @@ \(beginning(text))
        ORDER BY length(c.name), c.id LIMIT 3
        """
      ) { row in try suggestion(.category, CategoryKind.self, &row) },
      Query(
        """
        SELECT s.id, s.name, s.slug FROM shops_api.shops AS s
        WHERE s.name_document @@ \(beginning(text)) AND s.status = 'active'
        ORDER BY length(s.name), s.id LIMIT 2
        """
      ) { row in try suggestion(.shop, ShopKind.self, &row) },
      Query(products(text, limit: limit)) { row in
        try suggestion(.product, ProductKind.self, &row)
      })
    return Array((categories + shops + products).prefix(limit))
  }

  private static func suggestion<Kind: IDKind>(
    _ kind: Suggestion.Kind, _: Kind.Type, _ row: inout Row
  ) throws -> Suggestion {
    let id: ID<Kind> = try row.next()
    return Suggestion(
      kind: kind, text: try row.next(), id: id.description, slug: try row.next())
  }

  /// All words, the last one as a beginning.
  private static func beginning(_ text: String) -> SQL {
    """
    NULLIF(replace(souk.words(left(\(text), 200)), ' ', ' & ') || ':*', ':*')::tsquery
    """
  }

  /// Names that begin so, then others that are found; each name once. The others are looked for
  /// only where there is room for one.
  private static func products(_ text: String, limit: Int) -> SQL {
    let columns: SQL = "p.id, p.name, p.slug, p.name_words, p.sold"
    let others = ShelfDirectory(
      columns: columns,
      condition: "AND (SELECT count(DISTINCT n.name_words) < \(limit) FROM named AS n)",
      enough: hitsMax)
    return """
      WITH wanted AS MATERIALIZED (\(SearchDirectory.wanted(text))), named AS MATERIALIZED (
        SELECT \(columns)
        FROM catalog.products AS p JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.status = 'active' AND s.status = 'active'
          AND p.name_words ~>=~ (SELECT NULLIF(w.words, '') FROM wanted AS w)
          AND p.name_words ~<~ (SELECT w.words || chr(1114111) FROM wanted AS w)
        ORDER BY p.name_words USING ~<~ LIMIT \(constant: hitsMax)
      ), \(others.tables), once AS (
        SELECT DISTINCT ON (h.name_words) h.id, h.name, h.slug, h.begins, h.sold
        FROM (SELECT n.*, true AS begins FROM named AS n
              UNION ALL SELECT m.*, false FROM (\(others.found)) AS m) AS h
        ORDER BY h.name_words, h.begins DESC, h.sold DESC, h.id
      )
      SELECT o.id, o.name, o.slug FROM once AS o
      ORDER BY o.begins DESC, o.sold DESC, o.id
      LIMIT \(limit)
      """
  }
}
