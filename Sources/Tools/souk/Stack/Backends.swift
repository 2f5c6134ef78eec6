import Core
import Postgres
import Processes

/// Postgres and Redis: private ones below the home, or those that the environment names.
struct Backends {
  let home: Home
  private let externalDatabase: String?
  private let externalRedis: String?

  static let databaseName = "souk"

  init(_ home: Home, _ environment: Environment) throws {
    self.home = home
    externalDatabase = try environment.text("DATABASE_URL")
    externalRedis = try environment.text("REDIS_URL")
  }

  /// The server to start; nil when the environment names another.
  func postgres(connectionsMax: Int = 100) throws -> LocalPostgres? {
    guard externalDatabase == nil else { return nil }
    return try LocalPostgres(directory: home.postgres, connectionsMax: connectionsMax)
  }

  func redis() throws -> LocalRedis? {
    guard externalRedis == nil else { return nil }
    return try LocalRedis(directory: home.redis)
  }

  /// As somebody who may change the schema.
  func databaseURL() throws -> String {
    try externalDatabase ?? LocalPostgres(directory: home.postgres).url(database: Self.databaseName)
  }

  func redisURL() throws -> String {
    try externalRedis ?? LocalRedis(directory: home.redis).url
  }

  func database(for purpose: String) throws -> Database {
    Database(DatabaseSettings(url: try databaseURL(), applicationName: "souk-\(purpose)"))
  }

  /// For work that takes its time, such as building an index.
  func patientDatabase(for purpose: String) throws -> Database {
    Database(
      DatabaseSettings(
        url: try databaseURL(), applicationName: "souk-\(purpose)",
        statementTimeout: .hours(1), lockTimeout: .minutes(1),
        idleInTransactionTimeout: .minutes(10)))
  }

  /// How a function reaches them, in its own role.
  func environment(of function: String) throws -> [String: String] {
    var variables = ["REDIS_URL": try redisURL()]
    let role = Self.role(of: function)
    if let externalDatabase {
      variables["DATABASE_URL"] = externalDatabase
      variables["SOUK_DATABASE_ROLE"] = role
    } else {
      variables["DATABASE_URL"] = try LocalPostgres(directory: home.postgres)
        .url(database: Self.databaseName, user: role)
    }
    return variables
  }

  /// The login of an external database must be able to take on the functions' roles. Throws, with
  /// the statement an administrator has to run, when it may not give itself that right.
  func allowRoles(of functions: [String]) throws {
    guard externalDatabase != nil else { return }
    let database = try database(for: "roles")
    for role in functions.map(Self.role) {
      let isMember: Bool? = try database.first(
        "SELECT pg_has_role(current_user, \(role), 'MEMBER')"
      ) { row in try row.next() }
      if isMember == true { continue }
      do {
        try database.execute("GRANT \(unescaped: role) TO CURRENT_USER")
      } catch {
        throw Failure(
          "the login of DATABASE_URL cannot act as \(role): let an administrator run "
            + "`GRANT \(role) TO` that login (\(Console.text(of: error)))")
      }
    }
  }

  static func role(of function: String) -> String { "souk_\(function)" }
}
