import Core
import HTTP
import Metrics
import Middleware

/// The counters of all functions on this machine, for Prometheus. They live in files that the
/// functions share, so a function that is not running is still told of.
@Sendable func readMetrics(_ call: Call) throws -> Response {
  var snapshots: [Snapshot] = []
  if let folder = call.shared.settings.metricsFolder {
    for name in try Files.list(folder).sorted() where name.hasSuffix(".metrics") {
      let function = String(name.dropLast(".metrics".count))
      if let snapshot = try Snapshot(function: function, path: "\(folder)/\(name)") {
        snapshots.append(snapshot)
      }
    }
  }
  return Response(
    status: 200, headers: [.init("Content-Type", "text/plain; version=0.0.4; charset=utf-8")],
    body: Array((Exposition.render(snapshots) + eventMetrics(call)).utf8))
}
