import Core
import Outbox
import Postgres

/// The private server's database, and the migrations that make it what the functions expect.
enum Schema {
  /// Throws when the server cannot be reached.
  static func createDatabase(on serverURL: String) throws {
    let server = Database(DatabaseSettings(url: serverURL, applicationName: "souk-up"))
    let name = Backends.databaseName
    let isThere: Bool? = try server.first("SELECT true FROM pg_database WHERE datname = \(name)") {
      row in try row.next()
    }
    if isThere != true { try server.execute("CREATE DATABASE \(unescaped: name)") }
  }

  /// Returns the numbers of the migrations it applied. Throws what `Migrator` throws.
  static func migrate(
    _ database: Database, from directory: String, report: (String) -> Void = { _ in }
  ) throws -> [Int] {
    let applied = try Migrator.apply(
      try Migrator.load(directory: directory), to: database, report: report)
    if try EventLog.settleIn(database) { report("the event log of a restored database goes on") }
    return applied
  }
}
