package import Postgres

package enum SchemaVersion {
  /// The newest file in `migrations/`. A project test holds the two together.
  package static let expected = 29

  package static func current(in database: some Querying) throws -> Int {
    try database.read(query()).first ?? 0
  }

  package static func query() -> Query<Int> {
    Query("SELECT COALESCE(max(m.number), 0) FROM souk.migrations AS m") { row in try row.next() }
  }
}

package enum SoukVersion {
  package static let text = "0.1.0"
}
