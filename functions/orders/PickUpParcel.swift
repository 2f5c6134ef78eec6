import HTTP
import Middleware
import Orders

@Sendable func pickUpParcel(_ call: Call) throws -> Response {
  try call.carryParcel(to: .shipped)
}
