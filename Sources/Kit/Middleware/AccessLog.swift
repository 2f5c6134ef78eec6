internal import Core
internal import HTTP
internal import Log
internal import Postgres
internal import Redis

/// One line per request. The path is logged without its query, which may hold a token.
struct AccessLog: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    let start = Clock.monotonicNanoseconds()
    let database = call.services.database.statistics.roundTrips
    let redis = call.services.redis.statistics.roundTrips
    let response = try next(call)
    var fields: [(String, LogValue)] = [
      ("request.id", .text(call.requestID)),
      ("trace.id", .text(call.trace.traceID)),
      ("http.method", .text(call.request.method)),
      ("http.route", .text(call.route.operation)),
      ("http.path", .text(Self.logged(call.request.path))),
      ("http.status", .number(response.status)),
      ("duration_us", .number(Int(Clock.monotonicNanoseconds() - start) / 1000)),
      ("db.round_trips", .number(call.services.database.statistics.roundTrips - database)),
      ("redis.round_trips", .number(call.services.redis.statistics.roundTrips - redis)),
    ]
    if let caller = call.caller { fields.append(("user.id", .text(caller.user.description))) }
    if let failure = call.failure {
      fields.append(("error", .text(String(reflecting: failure))))
    }
    call.services.log(response.status >= 500 ? .error : .info, "request", fields)
    return response
  }

  /// Paths of ours are short; what others ask for must not fill the log.
  private static func logged(_ path: Substring) -> String {
    path.utf8.count <= 256 ? String(path) : String(path.prefix(256))
  }
}
