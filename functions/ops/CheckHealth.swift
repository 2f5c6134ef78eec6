import HTTP
import Middleware

/// All checks, for people and dashboards: 200 as long as there is an answer.
@Sendable func checkHealth(_ call: Call) throws -> Response {
  try .data(Health(ReadinessReport(call)))
}

private struct Health: Encodable {
  let status: String
  let version = SoukVersion.text
  let checks: [String: String]

  private enum CodingKeys: String, CodingKey {
    case status, version, checks
  }

  init(_ report: ReadinessReport) {
    status = report.status
    checks = report.checks
  }
}
