import HTTP
import Middleware

/// 200 when requests can be served, 503 and which check failed when not.
@Sendable func checkReady(_ call: Call) throws -> Response {
  let report = ReadinessReport(call)
  guard report.isReady else {
    throw Problem(
      503, "not_ready", "Not ready: \(report.faults.joined(separator: ", ")).",
      headers: [.init("Retry-After", "1")], checks: report.checks)
  }
  return try .data(report)
}
