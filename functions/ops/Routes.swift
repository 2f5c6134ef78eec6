// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/admin/sagas", "list_sagas",
      access: .admin, rate: signedInRate),
    listSagas),
  Route(
    RouteSpec(
      "GET", "/api/v1/admin/sagas/{id}", "get_saga",
      access: .admin, rate: signedInRate),
    getSaga),
  Route(
    RouteSpec(
      "POST", "/api/v1/admin/sagas/{id}/retry", "retry_saga",
      access: .admin, rate: signedInRate, idempotency: .honoured),
    retrySaga),
  Route(
    RouteSpec(
      "POST", "/api/v1/admin/sagas/{id}/compensate", "compensate_saga",
      access: .admin, rate: signedInRate, idempotency: .honoured),
    compensateSaga),
  Route(
    RouteSpec(
      "POST", "/api/v1/admin/sagas/{id}/skip", "skip_saga_step",
      access: .admin, rate: signedInRate, idempotency: .honoured),
    skipSagaStep),
  Route(
    RouteSpec(
      "GET", "/api/v1/admin/outbox", "get_outbox",
      access: .admin, rate: signedInRate),
    getOutbox),
  Route(
    RouteSpec(
      "GET", "/api/v1/admin/dead-letters", "list_dead_letters",
      access: .admin, rate: signedInRate),
    listDeadLetters),
  Route(
    RouteSpec(
      "POST", "/api/v1/admin/dead-letters/{number}/replay", "replay_dead_letter",
      access: .admin, rate: signedInRate, idempotency: .honoured),
    replayDeadLetter),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/admin/dead-letters/{number}", "drop_dead_letter",
      access: .admin, rate: signedInRate),
    dropDeadLetter),
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

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)

private let noneRate = RateClass(
  "none", by: .ip, count: 0, seconds: 1, burst: 0)
