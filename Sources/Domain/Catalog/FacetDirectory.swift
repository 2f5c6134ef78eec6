internal import Core
internal import Postgres

/// The part of the search's statement that counts. Each facet counts what would be found were it
/// not chosen itself: the hits of everything but its own filter.
enum FacetDirectory {
  static let categoriesMax = 50
  static let shopsMax = 20
  static let namesMax = 20
  static let valuesMax = 20

  /// One table of hits for each facet that is filtered by; the others count what was found.
  static func tables(_ filter: ProductFilter) -> SQL {
    var tables: SQL = ""
    for (index, facet) in FilterDirectory.chosen(filter).enumerated() {
      tables = """
        \(tables), found\(unescaped: String(index)) AS MATERIALIZED (
          SELECT p.shop_id, p.category_id, p.price, p.currency, p.attributes, p.rating
          FROM (\(SearchDirectory.hits(filter, except: facet))) AS hits
          JOIN catalog.products AS p ON p.id = hits.id
        )
        """
    }
    return tables
  }

  /// All facets as a JSON text.
  static func object(_ filter: ProductFilter) -> SQL {
    """
    jsonb_build_object(
      'categories', (\(categories(table(.category, filter)))),
      'shops', (\(shops(table(.shop, filter)))),
      'prices', (\(prices(table(.price, filter)))),
      'ratings', (\(ratings(table(.rating, filter)))),
      'attributes', (\(attributes(filter))))::text
    """
  }

  private static func table(_ facet: Facet, _ filter: ProductFilter) -> SQL {
    let index = FilterDirectory.chosen(filter).firstIndex(of: facet)
    return "\(unescaped: index.map { "found\($0)" } ?? "found")"
  }

  private static func categories(_ table: SQL) -> SQL {
    """
    SELECT COALESCE(jsonb_agg(jsonb_build_object('id', g.id, 'name', c.name, 'count', g.count)
                              ORDER BY g.count DESC, g.id), '[]')
    FROM (SELECT h.category_id AS id, count(*) FROM \(table) AS h
          WHERE h.category_id IS NOT NULL
          GROUP BY h.category_id ORDER BY 2 DESC, 1 LIMIT \(constant: categoriesMax)) AS g
    JOIN catalog.categories AS c ON c.id = g.id
    """
  }

  private static func shops(_ table: SQL) -> SQL {
    """
    SELECT COALESCE(jsonb_agg(jsonb_build_object('id', g.id, 'name', s.name, 'count', g.count)
                              ORDER BY g.count DESC, g.id), '[]')
    FROM (SELECT h.shop_id AS id, count(*) FROM \(table) AS h
          GROUP BY h.shop_id ORDER BY 2 DESC, 1 LIMIT \(constant: shopsMax)) AS g
    JOIN shops_api.shops AS s ON s.id = g.id
    """
  }

  /// From 1 to 2, 2 to 5 and 5 to 10 of every power of ten: the steps stay where they are
  /// whatever is chosen. Both ends belong to a step, as they do to the filter.
  private static func prices(_ table: SQL) -> SQL {
    """
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
             'currency', g.currency, 'from', g.low, 'to', g.high - 1, 'count', g.count)
           ORDER BY g.currency, g.low), '[]')
    FROM (SELECT p.currency, p.ten * p.step AS low, count(*),
                 p.ten * CASE p.step WHEN 1 THEN 2 WHEN 2 THEN 5 ELSE 10 END AS high
          FROM (SELECT e.currency, e.ten, CASE WHEN e.price >= e.ten * 5 THEN 5
                       WHEN e.price >= e.ten * 2 THEN 2 ELSE 1 END AS step
                FROM (SELECT h.currency, h.price,
                             power(10, length(h.price::text) - 1)::bigint AS ten
                      FROM \(table) AS h OFFSET 0) AS e) AS p
          GROUP BY p.currency, p.ten, p.step) AS g
    """
  }

  private static func ratings(_ table: SQL) -> SQL {
    """
    SELECT jsonb_agg(jsonb_build_object('from', r.stars, 'count', (
             SELECT count(*) FROM \(table) AS h WHERE h.rating >= r.stars * 100))
           ORDER BY r.stars DESC)
    FROM generate_series(1, 4) AS r (stars)
    """
  }

  /// Equal attributes are counted before lists are taken apart: there are far fewer of them.
  private static func attributes(_ filter: ProductFilter) -> SQL {
    let names = filter.attributes.map(\.name)
    // Where nothing is chosen no parameter stands: each made a plan for all look dearer.
    let condition: SQL =
      names.isEmpty
      ? ""
      : """
      WHERE CASE WHEN h.name IS NULL THEN h.key <> ALL (\(names)::text[])
            ELSE h.key = h.name END
      """
    let keys: SQL = "h.attributes, jsonb_object_keys(h.attributes) AS key"
    var sources: SQL = "SELECT \(keys), NULL::text AS name FROM found AS h"
    for name in names {
      sources = """
        \(sources) UNION ALL
        SELECT \(keys), \(name)::text FROM \(table(.attribute(name), filter)) AS h
        """
    }
    return """
      SELECT COALESCE(jsonb_agg(jsonb_build_object('name', g.name, 'values', g.values)
                                ORDER BY g.count DESC, g.name), '[]')
      FROM (
        SELECT v.name, sum(v.count) AS count,
               jsonb_agg(jsonb_build_object('value', v.value, 'count', v.count)
                         ORDER BY v.count DESC, v.value) AS values
        FROM (
          SELECT a.key AS name, e.value #>> '{}' AS value, sum(a.count) AS count,
                 row_number() OVER (PARTITION BY a.key
                                    ORDER BY sum(a.count) DESC, e.value #>> '{}') AS place
          FROM (
            SELECT h.key, h.attributes -> h.key AS value, count(*)
            FROM (\(sources)) AS h \(condition)
            GROUP BY h.key, h.attributes -> h.key
          ) AS a
          CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(a.value) WHEN 'array' THEN a.value
            ELSE jsonb_build_array(a.value) END) AS e
          GROUP BY a.key, e.value #>> '{}'
        ) AS v
        WHERE v.place <= \(constant: valuesMax)
        GROUP BY v.name ORDER BY 2 DESC, 1 LIMIT \(constant: namesMax)
      ) AS g
      """
  }
}
