import Core
import KitTesting
import Postgres
import Testing

private func migration(_ number: Int, _ text: String) -> Migration {
  Migration(number: number, name: "step", text: text)
}

private let steps = [
  migration(1, "CREATE TABLE a (n int); INSERT INTO a VALUES (1); CREATE TABLE b (n int)"),
  migration(2, "-- Only one statement.\nALTER TABLE a ADD m int DEFAULT 5;\n"),
]

@Suite struct MigratorTests {
  let database: Database

  /// An empty database: not even the schema of the migrations.
  init() throws {
    database = try TestDatabase(migrations: []).database()
    try database.execute("DROP SCHEMA souk CASCADE")
  }

  private func message(_ work: () throws -> some Any) throws -> String {
    let error = try #require(throws: MigrationError.self) { _ = try work() }
    return error.description
  }

  @Test func appliesOnceAndInOrder() throws {
    #expect(try Migrator.version(of: database) == 0)
    var reports = [String]()
    #expect(try Migrator.apply(steps, to: database) { reports.append($0) } == [1, 2])
    #expect(reports == ["applied 1 step", "applied 2 step"])
    #expect(try Migrator.version(of: database) == 2)
    #expect(try database.int("SELECT n + m FROM a") == 6)
    #expect(try Migrator.apply(steps, to: database) == [])
    let third = migration(3, "DROP TABLE b")
    #expect(try Migrator.apply(steps + [third], to: database) == [3])
    let recorded = try database.query(
      "SELECT number FROM souk.migrations WHERE applied_at <= now() ORDER BY number"
    ) { row in try row.next() as Int }
    #expect(recorded == [1, 2, 3])
  }

  @Test func aFailingFileLeavesNothingOfItself() throws {
    let broken = migration(3, "CREATE TABLE c (n int); SELECT 1 / 0; CREATE TABLE d (n int)")
    let error = try postgresError { try Migrator.apply(steps + [broken], to: database) }
    #expect(error.message.contains("migration 3 step"))
    #expect(error.sqlState == "22012")
    #expect(try Migrator.version(of: database) == 2)
    #expect(try database.int("SELECT 1 WHERE to_regclass('c') IS NULL") == 1)
    #expect(try Migrator.apply(steps + [migration(3, "SELECT 1")], to: database) == [3])
  }

  @Test func aFileMayNotEndItsTransaction() throws {
    let sneaky = migration(1, "CREATE TABLE c (n int); COMMIT")
    let error = try postgresError { try Migrator.apply([sneaky], to: database) }
    #expect(error.message.contains("ends the transaction"))
    #expect(try Migrator.version(of: database) == 0)
  }

  @Test func aChangedFileIsRefused() throws {
    try Migrator.apply(steps, to: database)
    let changed = [migration(1, steps[0].text + " "), steps[1], migration(3, "SELECT 1")]
    #expect(try message { try Migrator.apply(changed, to: database) }.contains("has changed"))
    #expect(try Migrator.version(of: database) == 2)
  }

  @Test func aDatabaseFromTheFutureIsRefused() throws {
    try Migrator.apply(steps, to: database)
    let text = try message { try Migrator.apply([steps[0]], to: database) }
    #expect(text.contains("newer") && text.contains("2 step"))
  }

  @Test func migratorsTakeTurns() throws {
    let url = database.settings.url
    let many = (1...10).map { migration($0, "CREATE TABLE t\($0) (n int)") }
    let migrators = (0..<4).map { _ in
      Concurrently { try Migrator.apply(many, to: Database(DatabaseSettings(url: url))) }
    }
    let applied = try migrators.flatMap { try $0.result() }
    #expect(applied.sorted() == Array(1...10))
    #expect(try Migrator.version(of: database) == 10)
  }

  @Test func outlastsTheTimeoutOfRequests() throws {
    var settings = database.settings
    settings.statementTimeout = .milliseconds(10)
    let slow = migration(1, "SELECT pg_sleep(0.1)")
    #expect(try Migrator.apply([slow], to: Database(settings)) == [1])
  }

  @Test func rolesCanBeMadeTwice() throws {
    let name = "souk_test_role_\(UInt32.random(in: 0 ... .max))"
    let create = migration(1, "CREATE ROLE \(name) LOGIN; GRANT USAGE ON SCHEMA souk TO \(name)")
    #expect(try Migrator.apply([create], to: database) == [1])
    try database.execute("DROP OWNED BY \(unescaped: name)")
    try database.execute("DROP ROLE \(unescaped: name)")
  }
}

@Suite struct MigrationFileTests {
  private func load(_ files: [String: String]) throws -> [Migration] {
    let directory = try Files.makeTemporaryDirectory("souk-migrations")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    for (name, text) in files { try Files.write(Array(text.utf8), to: "\(directory)/\(name)") }
    return try Migrator.load(directory: directory)
  }

  @Test func inOrderOfTheirNumbers() throws {
    let loaded = try load(["0002_second_one.sql": "b", "0001_first.sql": "a", "notes.md": ""])
    #expect(
      loaded == [
        Migration(number: 1, name: "first", text: "a"),
        Migration(number: 2, name: "second_one", text: "b"),
      ])
    #expect(loaded[0].checksum == "af63dc4c8601ec8c")
  }

  @Test(arguments: [
    (["0002_b.sql"], "number 2 where 1 is next"),
    (["0001_a.sql", "0003_c.sql"], "number 3 where 2 is next"),
    (["0001_a.sql", "0001_b.sql"], "number 1 where 2 is next"),
    (["1_a.sql"], "not named like"), (["0001.sql"], "not named like"),
    (["000x_a.sql"], "not named like"),
  ])
  func badNamesAreRefused(names: [String], words: String) throws {
    let error = try #require(throws: MigrationError.self) {
      try load(Dictionary(uniqueKeysWithValues: names.map { ($0, "") }))
    }
    #expect(error.description.contains(words))
  }

  @Test func aMissingDirectory() throws {
    #expect(throws: FileError.self) { try Migrator.load(directory: "/nonexistent") }
  }

  @Test func theRepositorysOwnMigrations() throws {
    let database = try TestDatabase().database()
    #expect(try Migrator.version(of: database) >= 2)
    for role in ["souk_auth", "souk_users", "souk_ops"] {
      let function = try TestDatabase().database(role: role)
      #expect(try Migrator.version(of: function) >= 2)
    }
  }
}
