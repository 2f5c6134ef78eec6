/// What runs statements: a `Database` (each call its own transaction) or an open `Transaction`.
package protocol Querying: AnyObject {
  /// Runs the statements in one round trip and returns one result each, or throws the first
  /// error; then none of those after it has run.
  func exchange(_ statements: [SQL]) throws(PostgresError) -> [Rows]
}

/// One statement and how its rows are read, for `read`.
package struct Query<R> {
  package let sql: SQL
  package let decode: (inout Row) throws -> R
  fileprivate let isAsked: Bool

  package init(_ sql: SQL, _ decode: @escaping (inout Row) throws -> R) {
    self.init(sql, isAsked: true, decode)
  }

  private init(
    _ sql: SQL, isAsked: Bool, _ decode: @escaping (inout Row) throws -> R
  ) {
    self.sql = sql
    self.isAsked = isAsked
    self.decode = decode
  }

  /// The same where the condition holds; otherwise nothing is asked and there are no rows.
  package func when(_ condition: Bool) -> Query {
    Query(sql, isAsked: isAsked && condition, decode)
  }
}

extension Querying {
  /// All rows. Throws `PostgresError`, and what `decode` throws.
  package func query<R>(_ sql: SQL, _ decode: (inout Row) throws -> R) throws -> [R] {
    try exchange([sql])[0].map(decode)
  }

  /// The first row, if there is one. Throws `PostgresError`, and what `decode` throws.
  package func first<R>(_ sql: SQL, _ decode: (inout Row) throws -> R) throws -> R? {
    try exchange([sql])[0].first(decode)
  }

  /// Returns the number of affected rows.
  @discardableResult
  package func execute(_ sql: SQL) throws(PostgresError) -> Int {
    try exchange([sql])[0].affected
  }

  /// As `execute`; where a constraint refuses, throws what it means instead.
  @discardableResult
  package func execute(_ sql: SQL, meaning: [String: any Error]) throws -> Int {
    do throws(PostgresError) {
      return try execute(sql)
    } catch {
      throw meaning[error.constraint ?? ""] ?? error
    }
  }

  /// Independent queries in one round trip. Throws `PostgresError` if one fails, and what a
  /// `decode` throws.
  package func read<each R>(_ queries: repeat Query<each R>) throws -> (repeat [each R]) {
    var statements = [SQL]()
    for query in repeat each queries { if query.isAsked { statements.append(query.sql) } }
    var results = try exchange(statements).makeIterator()
    return (repeat try rows(of: each queries, in: &results))
  }
}

private func rows<R>(
  of query: Query<R>, in results: inout IndexingIterator<[Rows]>
) throws -> [R] {
  guard query.isAsked, let rows = results.next() else { return [] }
  return try rows.map(query.decode)
}
