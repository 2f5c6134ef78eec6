import Core
import KitTesting
import Postgres
import Testing

private enum Kind: IDKind { static let prefix = "usr" }

private enum Mood: String, Bindable, Column, CaseIterable { case sad, ok, happy }

/// One column of the first row.
private func value<T: Column>(_ sql: SQL, _ type: T.Type = T.self) throws -> T? {
  let test = try TestDatabase.shared.get()
  return try test.database().first(sql) { row in try row.next() as T }
}

extension TestDatabase {
  /// For tests that only compute and leave nothing behind. It ends with the server, as a static
  /// value is never released.
  static let shared = Result { try TestDatabase(migrations: []) }
}

@Suite struct PostgresValueTests {
  @Test func roundTrips() throws {
    let uuid = UUID(high: 0x0123_4567_89ab_cdef, low: .max)
    #expect(try value("SELECT \(uuid)") == uuid)
    #expect(try value("SELECT \(ID<Kind>(uuid))") == ID<Kind>(uuid))
    #expect(try value("SELECT \("héllo 🛍")::text") == "héllo 🛍")
    for number in [Int.min, -1, 0, 1, Int.max] { #expect(try value("SELECT \(number)") == number) }
    #expect(try value("SELECT \(true)") == true)
    #expect(try value("SELECT \(false)") == false)
    #expect(try value("SELECT \(-0.1)") == -0.1)
    for time in [Int64(-1), 0, 1, 1_800_000_000_123_456] {
      let time = Timestamp(microseconds: time)
      #expect(try value("SELECT \(time)") == time)
    }
    let day = try #require(CalendarDate("2024-02-29"))
    #expect(try value("SELECT \(day)::date") == day)
    #expect(try value("SELECT \([0, 255, 0] as [UInt8])") == [0, 255, 0] as [UInt8])
  }

  @Test func agreesWithPostgresOnText() throws {
    let uuid = UUID(high: 0x0123_4567_89ab_cdef, low: 1)
    #expect(try value("SELECT \(uuid)::text") == uuid.description)
    #expect(
      try value("SELECT (\(Timestamp(microseconds: 1))::timestamptz AT TIME ZONE 'UTC')::text")
        == "1970-01-01 00:00:00.000001")
    #expect(try value("SELECT '1969-12-31'::date") == CalendarDate(daysSince1970: -1))
  }

  @Test func arraysWithGaps() throws {
    let (numbers, texts, times): ([Int?], [String?], [Timestamp?]) = (
      [1, nil, 3], ["NULL", nil, ""], [nil, nil]
    )
    #expect(try value("SELECT \(numbers)") == numbers)
    #expect(try value("SELECT \(texts)::text[]") == texts)
    #expect(try value("SELECT \(times)") == times)
  }

  @Test func arrays() throws {
    let words = ["", "a,b", "\"quoted\"", "back\\slash", "{}", "NULL", "né"]
    #expect(try value("SELECT \(words)::text[]") == words)
    #expect(try value("SELECT \([String]())::text[]") == [String]())
    #expect(try value("SELECT \([1, -2, 3])") == [1, -2, 3])
    #expect(try value("SELECT \([Int]())") == [Int]())
    #expect(try value("SELECT \([true, false])") == [true, false])
    let uuids = [UUID(high: 1, low: 2), UUID(high: 3, low: 4)]
    #expect(try value("SELECT \(uuids)") == uuids)
    #expect(try value("SELECT count(*) FROM unnest(\(uuids)) u WHERE u = \(uuids[1])") == 1)
    #expect(try value("SELECT ARRAY[1, 2]::int4[]") == [1, 2])
    #expect(throws: PostgresError.self) { try value("SELECT ARRAY['a', NULL]", [String].self) }
    #expect(throws: PostgresError.self) { try value("SELECT ARRAY[[1], [2]]", [Int].self) }
    #expect(throws: PostgresError.self) { try value("SELECT 'text'", [String].self) }
  }

  @Test func everyTypeReadAsText() throws {
    let cases: [(SQL, String)] = [
      ("SELECT 'v'::varchar", "v"), ("SELECT 'n'::name", "n"), ("SELECT '[1]'::json", "[1]"),
      ("SELECT '{\"a\": 1}'::jsonb", "{\"a\": 1}"), ("SELECT '10.1.2.3'::inet", "10.1.2.3"),
      ("SELECT '10.1.2.0/24'::inet", "10.1.2.0/24"), ("SELECT '::1'::inet", "::1"),
      ("SELECT '10.0.0.0/8'::cidr", "10.0.0.0/8"), ("SELECT '1.2.3.4'::cidr", "1.2.3.4/32"),
      ("SELECT '2001:db8::/32'::cidr", "2001:db8::/32"), ("SELECT 'x'::char(1)", "x"),
    ]
    for (sql, text) in cases { #expect(try value(sql) == text, "\(sql.text)") }
  }

  @Test func everyWidthReadAsInt() throws {
    #expect(try value("SELECT (-2)::int2") == -2)
    #expect(try value("SELECT (-3)::int4") == -3)
    #expect(try value("SELECT '4'::oid") == 4)
    #expect(try value("SELECT '5'::xid8") == 5)
    #expect(try value("SELECT 1.5::float4") == 1.5)
  }

  @Test func databaseTypes() throws {
    let database = try TestDatabase(migrations: []).database()
    try database.execute("CREATE EXTENSION citext")
    try database.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    for mood in Mood.allCases {
      #expect(try database.first("SELECT \(mood)::mood") { row in try row.next() } == mood)
    }
    let moods = ["sad", "happy"]
    #expect(try database.first("SELECT \(moods)::mood[]") { row in try row.next() } == moods)
    #expect(
      try database.first("SELECT 'A'::citext WHERE 'a' = \("A")::citext") { row in
        try row.next()
      } == "A")
    try database.execute("CREATE TYPE pair AS (a int, b int)")
    #expect(throws: PostgresError.self) {
      try database.first("SELECT (1, 2)::pair") { row in try row.next() as String }
    }
    try database.execute("ALTER TYPE mood ADD VALUE 'odd'")
    #expect(throws: PostgresError.self) {
      try database.first("SELECT 'odd'::mood") { row in try row.next() as Mood }
    }
  }

  @Test func nullIsNotEmpty() throws {
    let database = try TestDatabase.shared.get().database()
    let (texts, bytes, numbers) = try #require(
      try database.first(
        """
        SELECT \(nil as String?)::text, \("")::text, \(nil as [UInt8]?), \([] as [UInt8]),
          \(nil as Int?), \(0), \(nil as UUID?) IS NULL
        """
      ) { row in
        let texts = (try row.next() as String?, try row.next() as String?)
        let bytes = (try row.next() as [UInt8]?, try row.next() as [UInt8]?)
        let numbers = (try row.next() as Int?, try row.next() as Int?)
        return (texts, bytes, numbers)
      })
    #expect(texts.0 == nil && texts.1 == "")
    #expect(bytes.0 == nil && bytes.1 == [])
    #expect(numbers.0 == nil && numbers.1 == 0)
  }

  @Test func nullAndValueShareAPreparedStatement() throws {
    let database = try TestDatabase.shared.get().database()
    for number: Int? in [nil, 7, nil] {
      #expect(try database.first("SELECT \(number)") { row in try row.next() } == .some(number))
    }
  }

  @Test func oneTextWithTwoTypes() throws {
    let database = try TestDatabase.shared.get().database()
    func echo<T: Bindable & Column & Equatable>(_ value: T) throws -> T? {
      try database.first("SELECT \(value) AS echoed") { row in try row.next() }
    }
    #expect(try echo(1) == 1)
    #expect(try echo(true) == true)
    #expect(try echo(UUID(high: 1, low: 1)) == UUID(high: 1, low: 1))
  }

  @Test func megabytes() throws {
    let text = String(repeating: "0123456789abcdef", count: 65536)
    #expect(try value("SELECT \(text)::text") == text)
    let bytes = [UInt8](repeating: 0, count: 1 << 20)
    #expect(try value("SELECT \(bytes)") == bytes)
    #expect(try value("SELECT length(\(text)) + length(\(bytes))") == 2 << 20)
  }

  @Test func zeroByteInTextIsRefused() throws {
    let database = try TestDatabase.shared.get().database()
    #expect(throws: PostgresError(.invalidValue, "a text holds a zero byte")) {
      try database.execute("SELECT \("a\0b")::text")
    }
    #expect(throws: PostgresError(.invalidValue, "a text holds a zero byte")) {
      try database.execute("SELECT \(["a", "\0"])::text[]")
    }
    #expect(database.statistics.roundTrips == 0)
  }

  @Test func badColumnsAreNamed() throws {
    let database = try TestDatabase.shared.get().database()
    func message<T: Column>(_ sql: SQL, as type: T.Type) throws -> String? {
      do {
        _ = try database.first(sql) { row in try row.next() as T }
        return nil
      } catch let error as PostgresError where error.code == .badColumn {
        return error.message
      }
    }
    #expect(try message("SELECT NULL::int AS age", as: Int.self) == "column age is NULL")
    #expect(
      try message("SELECT 'x' AS age", as: Int.self) == "column age is of type 25, not integer")
    #expect(try message("SELECT 1 AS id", as: UUID.self)?.hasPrefix("column id ") == true)
    #expect(try message("SELECT 'infinity'::timestamptz", as: Timestamp.self) != nil)
    #expect(try message("SELECT '-infinity'::timestamptz", as: Timestamp.self) != nil)
    #expect(try message("SELECT 'infinity'::date", as: CalendarDate.self) != nil)
    #expect(try message("SELECT 1.5::numeric", as: Double.self) != nil)
    #expect(throws: PostgresError(.badColumn, "the row has only 1 columns")) {
      try database.first("SELECT 1") { row in (try row.next() as Int, try row.next() as Int) }
    }
  }

  @Test func fragmentsKeepTheirValues() throws {
    let database = try TestDatabase.shared.get().database()
    let filter: SQL = "n > \(2) AND n < \(9)"
    let order = "DESC"
    let sql: SQL = """
      SELECT n FROM generate_series(1, \(10)) n
      WHERE \(filter) AND n <> \(5) ORDER BY n \(unescaped: order)
      """
    #expect(sql.text.contains("n > $2 AND n < $3 AND n <> $4 ORDER BY n DESC"))
    #expect(
      try database.query(sql) { row in try row.next() as Int } == [8, 7, 6, 4, 3])
  }

  @Test func interpolationIsNoText() throws {
    let evil = "'; DROP TABLE students; --"
    #expect(try value("SELECT \(evil)::text") == evil)
  }
}
