// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/health/live", "check_live",
      access: .public, rate: noneRate),
    checkLive),
  Route(
    RouteSpec(
      "GET", "/health/ready", "check_ready",
      access: .public, rate: noneRate),
    checkReady),
  Route(
    RouteSpec(
      "GET", "/health", "check_health",
      access: .public, rate: noneRate),
    checkHealth),
  Route(
    RouteSpec(
      "GET", "/metrics", "read_metrics",
      access: .local, rate: noneRate),
    readMetrics),
]

private let noneRate = RateClass(
  "none", by: .ip, count: 0, seconds: 1, burst: 0)
