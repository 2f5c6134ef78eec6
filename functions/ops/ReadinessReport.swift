import Crypto
import Log
import Middleware
import Postgres
import Redis

/// What must stand so that requests can be served. Redis is told of but not needed: without it
/// the limits are kept by each process.
struct ReadinessReport: Encodable {
  let status: String
  let checks: [String: String]

  private static let needed = ["database", "schema", "keys"]

  init(_ call: Call) {
    var checks = Self.databaseChecks(call)
    checks["keys"] = call.shared.keys.lastFailure == nil ? "ok" : "unreadable"
    checks["redis"] = Self.redisCheck(call)
    self.checks = checks
    status = Self.needed.allSatisfy { checks[$0] == "ok" } ? "ready" : "not_ready"
  }

  var isReady: Bool { status == "ready" }
  var faults: [String] { Self.needed.filter { checks[$0] != "ok" } }

  private static func databaseChecks(_ call: Call) -> [String: String] {
    do {
      let version = try SchemaVersion.current(in: call.database)
      let isEnough = version >= SchemaVersion.expected
      return [
        "database": "ok",
        "schema": isEnough ? "ok" : "at \(version), needs \(SchemaVersion.expected)",
      ]
    } catch {
      call.shared.log.warning("database check failed", ["error": .text("\(error)")])
      return ["database": "unavailable", "schema": "unknown"]
    }
  }

  private static func redisCheck(_ call: Call) -> String {
    do {
      _ = try call.services.redis.command("PING")
      return "ok"
    } catch {
      return "unavailable"
    }
  }
}
