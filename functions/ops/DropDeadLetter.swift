import HTTP
import Middleware
import Outbox

/// Nobody will hear of it. A DELETE has no body, so the reason stands in the query.
@Sendable func dropDeadLetter(_ call: Call) throws -> Response {
  var query = try call.query()
  let reason = query.text("reason", upTo: 500) ?? ""
  if reason.isEmpty { query.refuse("reason", "required", "Say why.") }
  try query.check()
  let number = try deadLetter(of: call)
  return try call.write { transaction in
    try settle(number, as: .dropped, because: reason, call, transaction)
    return Response(status: 204)
  }
}
