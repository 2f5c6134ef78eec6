internal import Core

/// Brings a database to the newest version: each file once, in order, in its own transaction.
package enum Migrator {
  private struct Applied {
    let number: Int
    let name: String
    let checksum: String

    init(_ row: inout Row) throws {
      number = try row.next()
      name = try row.next()
      checksum = try row.next()
    }
  }

  /// Any number, as long as nobody else locks it: the digits of "souk" on a telephone.
  private static let lock = 7685

  /// Reads `0001_name.sql`, `0002_…` from a directory. Throws `FileError`, and `MigrationError`
  /// for a file of another name and for a gap or a doubled number.
  package static func load(directory: String) throws -> [Migration] {
    var migrations = [Migration]()
    for file in try Files.list(directory) where file.hasSuffix(".sql") {
      let parts = file.dropLast(4).split(separator: "_", maxSplits: 1)
      guard parts.count == 2, parts[0].utf8.count == 4, let number = Int(parts[0]) else {
        throw MigrationError("\(directory)/\(file) is not named like 0001_name.sql")
      }
      guard number == migrations.count + 1 else {
        throw MigrationError(
          "\(directory)/\(file) has the number \(number) where \(migrations.count + 1) is next")
      }
      migrations.append(
        Migration(
          number: number, name: String(parts[1]), text: try Files.readText("\(directory)/\(file)")))
    }
    return migrations
  }

  /// The number of the last applied migration, 0 for an empty database.
  package static func version(of database: Database) throws -> Int {
    guard try isPrepared(database) else { return 0 }
    return try database.first("SELECT coalesce(max(number), 0) FROM souk.migrations") { row in
      try row.next()
    } ?? 0
  }

  /// Applies what is missing and returns its numbers. Several callers at once take turns. Throws
  /// `MigrationError` when an applied file has changed or the database is newer than the files,
  /// before anything is applied; and `PostgresError` when a file fails, which leaves the database
  /// at the version before that file.
  @discardableResult
  package static func apply(
    _ migrations: [Migration], to database: Database, report: (String) -> Void = { _ in }
  ) throws -> [Int] {
    let patient = patient(database)
    try prepare(patient)
    try check(migrations, against: applied(in: patient))
    return try migrations.filter { migration in
      guard try apply(migration, to: patient) else { return false }
      report("applied \(migration.number) \(migration.name)")
      return true
    }.map(\.number)
  }

  /// Who rewrites a table, or waits for another migrator, takes longer than a request may.
  package static func patient(_ database: Database) -> Database {
    var settings = database.settings
    settings.statementTimeout = .hours(1)
    settings.lockTimeout = .minutes(10)
    return Database(settings)
  }

  /// False when it was applied before, perhaps by another migrator a moment ago.
  private static func apply(_ migration: Migration, to database: Database) throws -> Bool {
    do {
      return try database.transaction { transaction in
        transaction.enqueue("SELECT pg_advisory_xact_lock(\(lock))")
        let known = try transaction.query(appliedSQL, Applied.init)
        if known.contains(where: { $0.number == migration.number }) {
          try check([migration], against: known.filter { $0.number == migration.number })
          return false
        }
        try transaction.run(script: migration.text)
        try transaction.execute(
          """
          INSERT INTO souk.migrations (number, name, checksum)
          VALUES (\(migration.number), \(migration.name), \(migration.checksum))
          """)
        return true
      }
    } catch let error as PostgresError {
      throw PostgresError(
        error.code, "migration \(migration.number) \(migration.name): \(error.message)",
        sqlState: error.sqlState, constraint: error.constraint)
    }
  }

  private static func prepare(_ database: Database) throws {
    if try isPrepared(database) { return }
    try database.transaction { transaction in
      transaction.enqueue("SELECT pg_advisory_xact_lock(\(lock))")
      transaction.enqueue("CREATE SCHEMA IF NOT EXISTS souk")
      transaction.enqueue(
        """
        CREATE TABLE IF NOT EXISTS souk.migrations (
          number integer CONSTRAINT migrations_pkey PRIMARY KEY,
          name text NOT NULL,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )
        """)
    }
  }

  private static func isPrepared(_ database: Database) throws -> Bool {
    try database.first("SELECT to_regclass('souk.migrations') IS NOT NULL") { row in
      try row.next()
    } ?? false
  }

  private static let appliedSQL: SQL =
    "SELECT number, name, checksum FROM souk.migrations ORDER BY number"

  private static func applied(in database: Database) throws -> [Applied] {
    try database.query(appliedSQL, Applied.init)
  }

  private static func check(_ migrations: [Migration], against applied: [Applied]) throws {
    for entry in applied {
      guard let migration = migrations.first(where: { $0.number == entry.number }) else {
        throw MigrationError(
          "the database is newer than these files: it has migration \(entry.number) "
            + "\(entry.name)")
      }
      guard migration.checksum == entry.checksum else {
        throw MigrationError(
          "migration \(entry.number) \(entry.name) has changed since it was applied: "
            + "restore the file and write a further migration")
      }
    }
  }
}
