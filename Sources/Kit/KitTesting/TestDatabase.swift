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
