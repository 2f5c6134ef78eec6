package import Core
package import Postgres

package enum ShopSort: String, CaseIterable, Sendable {
  case newest, name
}

/// Which shops somebody looks for.
package struct ShopFilter: Sendable {
  package let owner: UserID?
  package let text: String?
  package let sort: ShopSort
  /// Banned and archived ones as well: for their owner and for administrators.
  package let isComplete: Bool

  package init(owner: UserID?, text: String?, sort: ShopSort, isComplete: Bool) {
    self.owner = owner
    self.text = text
    self.sort = sort
    self.isComplete = isComplete
  }
}

package enum ShopDirectory {
  /// Where a list goes on: the last one's value of the sort, and its id.
  package struct Place: Sendable {
    package let value: String
    package let id: ShopID

    package init(value: String, id: ShopID) {
      self.value = value
      self.id = id
    }
  }

  /// One more than `limit`, so that the caller sees whether there are others.
  package static func list(
    _ filter: ShopFilter, after place: Place?, limit: Int, in database: some Querying
  ) throws -> [(shop: Shop, place: Place)] {
    try database.query(page(filter, after: place, limit: limit, offset: 0), read)
  }

  /// A page and the number of all that fit, as far as pages reach, in one round trip.
  package static func page(
    _ filter: ShopFilter, limit: Int, offset: Int, in database: some Querying
  ) throws -> (shops: [Shop], total: Int) {
    let (found, totals) = try database.read(
      Query(page(filter, after: nil, limit: limit, offset: offset), read),
      Query.reachable("SELECT 1 FROM shops.shops AS s WHERE \(matches(filter))"))
    return (found.prefix(limit).map(\.shop), totals.first ?? 0)
  }

  private static func read(_ row: inout Row) throws -> (shop: Shop, place: Place) {
    let shop = try Shop(&row)
    return (shop, Place(value: try row.next(), id: shop.id))
  }

  private static func page(
    _ filter: ShopFilter, after place: Place?, limit: Int, offset: Int
  ) -> SQL {
    """
    SELECT \(ShopStore.columns), \(sortText(filter.sort))
    FROM shops.shops AS s \(ShopStore.joins)
    WHERE \(matches(filter)) \(place.map { beyond($0, filter.sort) } ?? "")
    ORDER BY \(order(filter.sort))
    LIMIT \(limit + 1) OFFSET \(offset)
    """
  }

  private static func order(_ sort: ShopSort) -> SQL {
    switch sort {
    case .newest: "s.created_at DESC, s.id DESC"
    case .name: "s.name_words COLLATE \"C\", s.id"
    }
  }

  /// The value of the sort as a text that loses nothing.
  private static func sortText(_ sort: ShopSort) -> SQL {
    switch sort {
    case .newest: "(extract(epoch FROM s.created_at) * 1000000)::bigint::text"
    case .name: "s.name_words"
    }
  }

  private static func beyond(_ place: Place, _ sort: ShopSort) -> SQL {
    switch sort {
    case .newest:
      """
      AND (s.created_at, s.id)
        < (\(Timestamp(microseconds: Int64(place.value) ?? 0)), \(place.id))
      """
    case .name: "AND (s.name_words COLLATE \"C\", s.id) > (\(place.value), \(place.id))"
    }
  }

  private static func matches(_ filter: ShopFilter) -> SQL {
    var condition: SQL = filter.isComplete ? "true" : "s.status IN ('active', 'paused')"
    if let owner = filter.owner { condition = "\(condition) AND s.owner_id = \(owner)" }
    if let text = filter.text {
      // Folded words have neither % nor _ in them. A text without a word is in no name.
      condition = """
        \(condition) AND souk.words(\(text)) <> ''
          AND s.name_words LIKE '%' || souk.words(\(text)) || '%'
        """
    }
    return condition
  }
}
