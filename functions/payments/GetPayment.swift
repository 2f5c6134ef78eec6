import Core
import HTTP
import Middleware
import Payments

/// By its id or its number.
@Sendable func getPayment(_ call: Call) throws -> Response {
  guard let name = PaymentDirectory.Name(call.pathText()) else {
    throw PaymentError.noSuchPayment
  }
  return try answerPayment(name, call)
}

func answerPayment(_ name: PaymentDirectory.Name, _ call: Call) throws -> Response {
  let found = try PaymentDirectory.find(
    name, for: try call.paymentReader(), in: call.database)
  guard let payment = found else { throw PaymentError.noSuchPayment }
  return try .data(payment).tagged(version: payment.version)
}
