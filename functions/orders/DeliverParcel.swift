import HTTP
import Middleware
import Orders

@Sendable func deliverParcel(_ call: Call) throws -> Response {
  try call.carryParcel(to: .delivered)
}
