import Core
import Postgres
import Processes

/// Somebody at the terminal who decides about sagas and events.
struct OperatorDesk {
  let database: Database
  /// For the record.
  let name: String

  init() throws {
    let home = try Home.current()
    let environment = Environment.current()
    let backends = try Backends(home, environment)
    if try backends.postgres() != nil { try home.requireRunning() }
    database = try backends.database(for: "operator")
    name = "souk: \(environment["SUDO_USER"] ?? environment["USER"] ?? Account.ownName)"
  }

  /// Throws when nobody said why.
  static func required(_ reason: String?) throws -> String {
    guard let reason, !reason.isEmpty, reason.utf8.count <= 500 else {
      throw UsageError("say why: --reason TEXT, at most 500 characters")
    }
    return reason
  }
}
