internal import Core
internal import HTTP
internal import Metrics
internal import Postgres
internal import Redis

/// Counts the request where `/metrics` finds it.
struct RequestMetrics: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    let metrics = call.shared.metrics
    let start = Clock.monotonicNanoseconds()
    let database = call.services.database.statistics
    let redis = call.services.redis.statistics
    metrics.workerIsBusy(true)
    defer { metrics.workerIsBusy(false) }
    let response = try next(call)
    metrics.record(
      route: call.routeIndex, status: response.status,
      microseconds: Int(Clock.monotonicNanoseconds() - start) / 1000)
    let databaseAfter = call.services.database.statistics
    let redisAfter = call.services.redis.statistics
    metrics.add(.databaseRoundTrips, databaseAfter.roundTrips - database.roundTrips)
    metrics.add(
      .databaseMicroseconds, Int(databaseAfter.nanoseconds - database.nanoseconds) / 1000)
    metrics.add(.databaseConnects, databaseAfter.connects - database.connects)
    metrics.add(.redisRoundTrips, redisAfter.roundTrips - redis.roundTrips)
    metrics.add(.redisMicroseconds, Int(redisAfter.nanoseconds - redis.nanoseconds) / 1000)
    metrics.add(.redisConnects, redisAfter.connects - redis.connects)
    return response
  }
}
