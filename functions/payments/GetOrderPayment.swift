import Core
import HTTP
import Middleware
import Payments

/// The payment that counts for an order: the one that lives, or else the last one.
@Sendable func getOrderPayment(_ call: Call) throws -> Response {
  try answerPayment(.order(try call.id(OrderKind.self)), call)
}
