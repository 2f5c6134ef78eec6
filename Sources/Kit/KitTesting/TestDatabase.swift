internal import Core
internal import Glibc
package import Postgres

/// A database of one test's own with all migrations applied, dropped with this value and the last
/// connection it made.
package final class TestDatabase: Sendable {
  package let url: String
  private let name: String

  /// Copies the template, and makes it first where it is missing. Throws when Postgres or a
  /// migration fails.
  package convenience init() throws {
    try self.init(migrations: repositoryMigrations())
  }

  /// With other migrations than those of the repository.
  package init(migrations: [Migration]) throws {
    let server = maintenance()
    name = "souk_test_\(getpid())_\(UInt32.random(in: 0 ... .max))"
    url = databaseURL(name)
    // Everyone who copies the template takes turns, in this process and in others.
    try server.execute("SELECT pg_advisory_lock(\(turn))")
    let template = try prepareTemplate(migrations, on: server)
    // Without fsync, copying files is faster than logging every page.
    try server.execute(
      """
      CREATE DATABASE \(unescaped: name) TEMPLATE \(unescaped: template) STRATEGY file_copy
      """)
  }

  deinit {
    do throws(PostgresError) {
      try maintenance().execute("DROP DATABASE \(unescaped: name) WITH (FORCE)")
    } catch {
      // Only an external server keeps it: the private one goes with the process.
      print("the test database \(name) stays behind: \(error)")
    }
  }

  /// A connection of its own, as the superuser or in a role.
  package func database(role: String? = nil) -> Database {
    let database = Database(DatabaseSettings(url: url, role: role, applicationName: "test"))
    database.companion = self
    return database
  }

  /// Ends all connections and refuses further ones, as a server that went away would.
  package func refuseConnections() throws {
    try maintenance().execute("ALTER DATABASE \(unescaped: name) WITH ALLOW_CONNECTIONS false")
    try maintenance().execute(
      """
      SELECT pg_terminate_backend(a.pid, 5000) FROM pg_stat_activity AS a
      WHERE a.datname = \(name)
      """)
  }

  package func acceptConnections() throws {
    try maintenance().execute("ALTER DATABASE \(unescaped: name) WITH ALLOW_CONNECTIONS true")
  }

  /// A digest of every table of ours, by name: equal when nothing was written in between.
  package func contents() throws -> [String: String] {
    let database = database()
    let tables = try database.query(
      """
      SELECT n.nspname || '.' || c.relname FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      """
    ) { row in try row.next() as String }
    var contents: [String: String] = [:]
    for table in tables {
      contents[table] = try database.first(
        """
        SELECT count(*) || ' ' || COALESCE(md5(string_agg(t::text, '|' ORDER BY t::text)), '')
        FROM \(unescaped: table) AS t
        """
      ) { row in try row.next() }
    }
    return contents
  }

  /// How many deadlocks Postgres had to break in this database.
  package func deadlocks() throws -> Int {
    let database = database()
    try database.execute("SELECT pg_stat_clear_snapshot()")
    return try database.first(
      "SELECT d.deadlocks FROM pg_stat_database AS d WHERE d.datname = \(name)"
    ) { row in try row.next() } ?? 0
  }
}

/// Any number that nobody else locks.
private let turn = 76_851

private func databaseURL(_ name: String) -> String {
  let url = TestServers.shared.databaseURL
  guard url.contains("://") else { return "\(url) dbname=\(name)" }
  return "\(url)\(url.contains("?") ? "&" : "?")dbname=\(name)"
}

private func maintenance() -> Database {
  Database(
    DatabaseSettings(
      url: TestServers.shared.databaseURL, applicationName: "test",
      statementTimeout: .minutes(2), lockTimeout: .minutes(2)))
}

/// Named after the migrations in it, so that other versions of them make another.
private func prepareTemplate(_ migrations: [Migration], on server: Database) throws -> String {
  let all = migrations.map { "\($0.number)\($0.name)\($0.checksum)" }.joined()
  let name = "souk_template_\(Migration(number: 0, name: "all", text: all).checksum)"
  let isThere: Bool? = try server.first("SELECT true FROM pg_database WHERE datname = \(name)") {
    row in try row.next()
  }
  if isThere == true { return name }
  let draft = "\(name)_draft"
  try server.execute("DROP DATABASE IF EXISTS \(unescaped: draft)")
  try server.execute("CREATE DATABASE \(unescaped: draft)")
  try Migrator.apply(migrations, to: Database(DatabaseSettings(url: databaseURL(draft))))
  try server.execute("ALTER DATABASE \(unescaped: draft) RENAME TO \(unescaped: name)")
  return name
}

/// The repository's own, found above this file; none while there is no such folder.
private func repositoryMigrations(above file: String = #filePath) throws -> [Migration] {
  var directory = file
  while let slash = directory.lastIndex(of: "/") {
    directory = String(directory[..<slash])
    guard Files.exists("\(directory)/Package.swift") else { continue }
    let folder = "\(directory)/migrations"
    return Files.exists(folder) ? try Migrator.load(directory: folder) : []
  }
  throw FileError(file, "is not inside the repository")
}
