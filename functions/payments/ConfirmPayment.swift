import Core
import HTTP
import Middleware
import Payments

/// Has the provider asked. What the caller says of the payment is not read.
@Sendable func confirmPayment(_ call: Call) throws -> Response {
  let id = try call.id(PaymentKind.self)
  let reader = try call.paymentReader()
  return try call.write { transaction in
    guard let payment = try call.cashier.confirm(id, for: reader, in: transaction) else {
      throw PaymentError.noSuchPayment
    }
    return try .data(payment)
  }
}
