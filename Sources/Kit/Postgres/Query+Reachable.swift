/// A hundred rows on each of the 500 pages a list has.
private let reach = 50_000

extension Query<Int> {
  /// How many of these rows pages can reach: a large table is never counted to its end.
  package static func reachable(_ rows: SQL) -> Query {
    reachable(rows, "\(constant: reach)")
  }

  /// As above, for pages that reach less far.
  package static func reachable(_ rows: SQL, upTo most: Int) -> Query {
    reachable(rows, "\(most)")
  }

  private static func reachable(_ rows: SQL, _ most: SQL) -> Query {
    Query("SELECT count(*) FROM (\(rows) LIMIT \(most)) AS reachable") { row in try row.next() }
  }
}
