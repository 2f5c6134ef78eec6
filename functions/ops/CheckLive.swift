import HTTP
import Middleware

/// The process answers: nothing else is asked.
@Sendable func checkLive(_ call: Call) throws -> Response {
  try .data(["status": "ok"])
}
