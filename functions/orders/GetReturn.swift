import HTTP
import Middleware
import Orders

@Sendable func getReturn(_ call: Call) throws -> Response {
  let found = try returned(try call.id(), for: try call.actor(), in: call.database)
  return try .data(found).tagged(version: found.version)
}
