internal import Core
internal import Postgres

/// A function must not run on a database older than itself. One that is newer is fine: migrations
/// only add what older functions can live with.
enum SchemaCheck {
  /// False while the database cannot be asked. Throws when the answer is no.
  static func isSettled(_ shared: SharedServices) throws -> Bool {
    let services = Services(shared)
    let version: Int
    do {
      version = try SchemaVersion.current(in: services.database)
    } catch let error as PostgresError where error.isUnavailable {
      return false
    }
    guard version >= SchemaVersion.expected else {
      throw SettingsError(
        "the database is at migration \(version), this function needs \(SchemaVersion.expected):"
          + " run 'souk migrate'")
    }
    return true
  }
}
