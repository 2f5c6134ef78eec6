import Core
import Crypto
import Log
import Middleware
import Outbox
import Postgres
import Redis

/// What must stand so that requests can be served. Redis is told of but not needed: without it
/// the limits are kept by each process.
struct ReadinessReport: Encodable {
  let status: String
  let checks: [String: String]

  private static let needed = ["database", "schema", "keys", "events"]

  init(_ call: Call) {
    var checks = Self.databaseChecks(call)
    checks["keys"] = call.shared.keys.lastFailure == nil ? "ok" : "unreadable"
    checks["redis"] = Self.redisCheck(call)
    self.checks = checks
    status = Self.needed.allSatisfy { checks[$0] == "ok" } ? "ready" : "not_ready"
  }

  var isReady: Bool { status == "ready" }
  var faults: [String] { Self.needed.filter { checks[$0] != "ok" } }

  /// One question: a look at the version, and one at the events that wait.
  private static func databaseChecks(_ call: Call) -> [String: String] {
    do {
      let (versions, standing) = try call.database.read(
        SchemaVersion.query(), EventLog.standing())
      return [
        "database": "ok", "schema": schema(versions.first ?? 0), "events": events(standing, call),
      ]
    } catch let error as PostgresError where error.code == .undefinedObject {
      return olderSchema(call)
    } catch {
      call.shared.log.warning("database check failed", ["error": .text("\(error)")])
      return ["database": "unavailable", "schema": "unknown", "events": "unknown"]
    }
  }

  /// From before there was an event log.
  private static func olderSchema(_ call: Call) -> [String: String] {
    do {
      let version = try SchemaVersion.current(in: call.database)
      return ["database": "ok", "schema": schema(version), "events": "unknown"]
    } catch {
      call.shared.log.warning("database check failed", ["error": .text("\(error)")])
      return ["database": "unavailable", "schema": "unknown", "events": "unknown"]
    }
  }

  private static func schema(_ version: Int) -> String {
    version >= SchemaVersion.expected ? "ok" : "at \(version), needs \(SchemaVersion.expected)"
  }

  /// Somebody has waited too long for an event: the scheduler does not run, or cannot.
  private static func events(_ standing: [EventLog.Standing], _ call: Call) -> String {
    let oldest = standing.compactMap(\.oldestAt).min()
    guard let oldest, call.now - oldest > call.shared.settings.eventPromise else { return "ok" }
    return "the oldest has waited for \((call.now - oldest).milliseconds / 1000) s"
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
