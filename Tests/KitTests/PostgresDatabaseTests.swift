import Core
import Glibc
import KitTesting
import Postgres
import Processes
import Testing

/// The error of a statement that must fail.
func postgresError(
  _ work: () throws -> some Any, sourceLocation: SourceLocation = #_sourceLocation
) throws -> PostgresError {
  try #require(throws: PostgresError.self, sourceLocation: sourceLocation) { _ = try work() }
}

extension Querying {
  func int(_ sql: SQL) throws -> Int? { try first(sql) { row in try row.next() } }
}

@Suite struct PostgresDatabaseTests {
  let database: Database

  init() throws { database = try TestDatabase.shared.get().database() }

  private func changed(_ settings: (inout DatabaseSettings) -> Void) -> Database {
    var copy = database.settings
    settings(&copy)
    return Database(copy)
  }

  @Test func aQueryIsOneRoundTripFromTheFirst() throws {
    for number in 1...3 {
      #expect(try database.int("SELECT \(number) * 2") == number * 2)
      #expect(database.statistics.roundTrips == number)
    }
    #expect(database.statistics.connects == 1)
    let prepared = try database.query("SELECT statement FROM pg_prepared_statements ORDER BY 1") {
      row in try row.next() as String
    }
    #expect(prepared.contains("SELECT $1 * 2"))
    #expect(prepared.count == 2)
  }

  @Test func preparedStatementsAreBounded() throws {
    for number in 0..<300 {
      #expect(try database.int("SELECT \(unescaped: "\(number)")") == number)
    }
    for number in [0, 255, 256, 299] {
      #expect(try database.int("SELECT \(unescaped: "\(number)")") == number)
    }
    #expect(try database.int("SELECT count(*) FROM pg_prepared_statements") == 256)
  }

  @Test func readTakesOneRoundTrip() throws {
    let text = String(repeating: "x", count: 1 << 20)
    let (numbers, texts, none) = try database.read(
      Query("SELECT generate_series(1, \(3))") { row in try row.next() as Int },
      Query("SELECT \(text)::text") { row in try row.next() as String },
      Query("SELECT 1 WHERE false") { row in try row.next() as Int })
    #expect(numbers == [1, 2, 3])
    #expect(texts == [text])
    #expect(none == [])
    #expect(database.statistics.roundTrips == 1)
    #expect(database.statistics.statements == 3)
  }

  @Test func theSameStatementTwiceInOneRoundTrip() throws {
    let query = Query("SELECT 1 AS twice") { row in try row.next() as Int }
    let (first, second) = try database.read(query, query)
    #expect(first == [1] && second == [1])
  }

  @Test func aFailedStatementLeavesTheSessionUsable() throws {
    let failing = Query("SELECT 1 / \(0)") { row in try row.next() as Int }
    let after = Query("SELECT 'after'") { row in try row.next() as String }
    #expect(try postgresError { try database.read(failing, after) }.sqlState == "22012")
    #expect(try postgresError { try database.execute("SELEKT") }.sqlState == "42601")
    #expect(try postgresError { try database.execute("SELEKT") }.sqlState == "42601")
    #expect(try database.read(after, after) == (["after"], ["after"]))
    #expect(database.statistics.connects == 1)
  }

  @Test func aFailedDecodeLeavesTheSessionUsable() throws {
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      try database.query("SELECT generate_series(1, 10)") { _ in throw Refused() }
    }
    #expect(try database.int("SELECT 1") == 1)
    #expect(database.statistics.connects == 1)
  }

  @Test func decodingMayAskAgain() throws {
    let doubled = try database.query("SELECT generate_series(1, 3)") { row in
      try database.int("SELECT \(try row.next() as Int) * 2")
    }
    #expect(doubled == [2, 4, 6])
  }

  @Test func affectedRows() throws {
    try database.execute("CREATE TEMP TABLE t (n int)")
    #expect(try database.execute("INSERT INTO t SELECT generate_series(1, 5)") == 5)
    #expect(try database.execute("UPDATE t SET n = n + 1 WHERE n > \(3)") == 2)
    #expect(try database.execute("DELETE FROM t WHERE n > 100") == 0)
  }

  @Test func errorsHaveTheirCodes() throws {
    try database.execute(
      """
      CREATE TEMP TABLE t (
        id int CONSTRAINT t_id_unique UNIQUE, n int CONSTRAINT t_n_small CHECK (n < 10),
        required int NOT NULL DEFAULT 1, parent int CONSTRAINT t_parent_known REFERENCES t (id),
        span int4range, CONSTRAINT t_span_apart EXCLUDE USING gist (span WITH &&)
      )
      """)
    try database.execute("INSERT INTO t (id, span) VALUES (1, '[1,5]')")
    let cases: [(SQL, PostgresError.Code, String?)] = [
      ("INSERT INTO t (id) VALUES (\(1))", .uniqueViolation, "t_id_unique"),
      ("INSERT INTO t (n) VALUES (\(10))", .checkViolation, "t_n_small"),
      ("INSERT INTO t (required) VALUES (NULL)", .notNullViolation, nil),
      ("INSERT INTO t (parent) VALUES (7)", .foreignKeyViolation, "t_parent_known"),
      ("INSERT INTO t (span) VALUES ('[2,3]')", .exclusionViolation, "t_span_apart"),
      ("SELECT * FROM missing", .undefinedObject, nil),
      ("SELECT missing FROM t", .undefinedObject, nil),
      ("SELECT \("x")::int", .invalidValue, nil),
      ("SELECT 1 / 0", .invalidValue, nil),
      ("SELEKT", .other, nil),
    ]
    for (sql, code, constraint) in cases {
      let error = try postgresError { try database.execute(sql) }
      #expect(error.code == code, "\(sql.text)")
      #expect(error.constraint == constraint, "\(sql.text)")
      #expect(!error.isUnavailable)
    }
    let secret = try postgresError { try database.execute("SELECT \("hush")::int") }
    #expect(!secret.description.contains("hush"))
    #expect(secret.debugDescription.contains("hush"))
  }

  @Test func readOnlyAndPermission() throws {
    try database.execute("SET default_transaction_read_only = on")
    let code = try postgresError { try database.execute("CREATE TABLE t ()") }.code
    #expect(code == .readOnly)
    let role = changed { $0.role = "pg_monitor" }
    #expect(try role.first("SELECT current_user") { row in try row.next() } == "pg_monitor")
    #expect(try postgresError { try role.execute("CREATE ROLE x") }.code == .permissionDenied)
    let missing = changed { $0.role = "no such role" }
    #expect(try postgresError { try missing.execute("SELECT 1") }.code == .connectFailed)
  }

  @Test func settingsReachTheServer() throws {
    let url = database.settings.url
    let settings = DatabaseSettings(
      url: url.contains("://")
        ? url + "&options=-c%20search_path%3Delsewhere"
        : url + " options='-c search_path=elsewhere'",
      applicationName: "a name", statementTimeout: .milliseconds(1234))
    let shown = try Database(settings).first(
      """
      SELECT current_setting('application_name'), current_setting('statement_timeout'),
        current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
        current_setting('search_path')
      """
    ) { row in
      [
        try row.next() as String, try row.next(), try row.next(), try row.next(), try row.next(),
      ]
    }
    #expect(shown == ["a name", "1234ms", "2s", "10s", "elsewhere"])
  }

  @Test func statementTimeout() throws {
    let hasty = changed { $0.statementTimeout = .milliseconds(50) }
    let error = try postgresError { try hasty.execute("SELECT pg_sleep(10)") }
    #expect(error.code == .timeout && error.sqlState == "57014")
    #expect(try hasty.int("SELECT 1") == 1)
    #expect(hasty.statistics.connects == 1)
  }

  @Test func lockTimeout() throws {
    let hasty = changed { $0.lockTimeout = .milliseconds(50) }
    try database.execute("SELECT pg_advisory_lock(8)")
    let error = try postgresError { try hasty.execute("SELECT pg_advisory_lock(8)") }
    #expect(error.code == .timeout && error.sqlState == "55P03")
  }

  @Test func copyIsRefused() throws {
    #expect(try postgresError { try database.execute("COPY (SELECT 1) TO STDOUT") }.code == .other)
    #expect(try database.int("SELECT 1") == 1)
  }

  @Test func aChangedPlanIsCuredByAFreshSession() throws {
    let database = try TestDatabase(migrations: []).database()
    try database.execute("CREATE TABLE t AS SELECT 1 AS n")
    let query: SQL = "SELECT n FROM t"
    #expect(try database.int(query) == 1)
    try database.execute("ALTER TABLE t ALTER n TYPE text")
    #expect(try postgresError { try database.int(query) }.sqlState == "0A000")
    #expect(try database.first(query) { row in try row.next() } == "1")
    #expect(database.statistics.connects == 2)
  }
}
