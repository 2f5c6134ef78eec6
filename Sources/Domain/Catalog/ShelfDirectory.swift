internal import Core
internal import Postgres

/// Products that have the words of `wanted`, no more of them than are enough. An index of words
/// collects every product that has them before it gives the first, so words of many products are
/// looked for on the newest shelves alone. The newest full one tells whether the others are worth
/// it: whatever is rarer is looked for everywhere at once.
struct ShelfDirectory {
  let columns: SQL
  /// What must be true beside the words, of `catalog.products AS p` and `shops_api.shops AS s`.
  let condition: SQL
  let enough: Int

  /// The newest shelf, of which the others count down.
  static let newest: SQL = "(SELECT max(p.number) >> 14 FROM catalog.products AS p)"
  /// As the index has it.
  private static let shelf: SQL = "(CASE WHEN p.in_stock THEN p.number >> 14 END)"
  private static let all = 6
  private static let newestFull = 1

  /// The tables `full_shelf` and `shelves`: what was found on one, and on all that were asked.
  var tables: SQL {
    let isLarge: SQL = "(SELECT w.shelf >= \(constant: Self.all) FROM wanted AS w)"
    let isWorthIt: SQL = """
      (SELECT count(*) >= \(constant: enough / (2 * Self.all)) FROM full_shelf)
      """
    // Those before the full one come first: nobody is to miss what is newest.
    return """
      full_shelf AS MATERIALIZED (
        \(onShelves(Self.newestFull..<Self.newestFull + 1, when: isLarge))
      ), shelves AS MATERIALIZED (
        (\(onShelves(0..<Self.newestFull, when: isWorthIt)))
        UNION ALL SELECT f.* FROM full_shelf AS f
        UNION ALL (\(onShelves(Self.newestFull + 1..<Self.all, when: isWorthIt)))
        LIMIT \(constant: enough)
      )
      """
  }

  /// What the shelves have, or everything there is where that is not enough.
  var found: SQL {
    """
    SELECT f.* FROM shelves AS f WHERE \(isEnough)
    UNION ALL (\(matching(where: "NOT \(isEnough)")))
    """
  }

  private var isEnough: SQL {
    "(SELECT count(*) = \(constant: enough) FROM shelves)"
  }

  private func onShelves(_ shelves: Range<Int>, when isWanted: SQL) -> SQL {
    """
    SELECT one.*
    FROM generate_series(
      (SELECT w.shelf - \(constant: shelves.lowerBound) FROM wanted AS w),
      (SELECT w.shelf - \(constant: shelves.upperBound - 1) FROM wanted AS w), -1::bigint
    ) AS shelf (number)
    CROSS JOIN LATERAL (\(matching(where: "\(Self.shelf) = shelf.number"))) AS one
    WHERE \(isWanted) LIMIT \(constant: enough)
    """
  }

  private func matching(where place: SQL) -> SQL {
    """
    SELECT \(columns) FROM catalog.products AS p JOIN shops_api.shops AS s ON s.id = p.shop_id
    WHERE p.status = 'active' AND s.status = 'active'
      AND p.document @@ (SELECT w.query FROM wanted AS w) AND \(place) \(condition)
    LIMIT \(constant: enough)
    """
  }
}
