import HTTP
import Middleware
import Orders

/// It could not be delivered, and goes back to its shop, which packs it again or gives it up.
@Sendable func failParcel(_ call: Call) throws -> Response {
  try call.carryParcel(to: .failed)
}
