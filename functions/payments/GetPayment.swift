import Core
import HTTP
import Middleware
import Payments

/// By its id or its number.
@Sendable func getPayment(_ call: Call) throws -> Response {
  guard let name = PaymentDirectory.Name(call.pathText()) else {
    throw PaymentError.noSuchPayment
  }
  return try answer(name, call)
}

/// The payment that counts for an order: the one that lives, or else the last one.
@Sendable func getOrderPayment(_ call: Call) throws -> Response {
  try answer(.order(try call.id(OrderKind.self)), call)
}

private func answer(_ name: PaymentDirectory.Name, _ call: Call) throws -> Response {
  let found = try PaymentDirectory.find(
    name, for: try call.paymentReader(), in: call.database)
  guard let payment = found else { throw PaymentError.noSuchPayment }
  return try .data(payment).tagged(version: payment.version)
}
