import HTTP
import Middleware
import Orders

/// Every change of state and every step on the way, in words.
@Sendable func getOrderTimeline(_ call: Call) throws -> Response {
  guard let name = OrderDirectory.Name(call.pathText()),
    let entries = try TimelineDirectory.read(
      name, for: try call.actor(), at: call.now, in: call.database)
  else { throw OrderError.noSuchOrder }
  return try .list(entries, meta: CountMeta(count: entries.count))
}
