import Core
import HTTP
import Middleware
import Payments

/// Of the payment that the path names.
@Sendable func createRefund(_ call: Call) throws -> Response {
  let id = try call.id(PaymentKind.self)
  return try refund(.payment(id), try call.body(), call)
}
