import Core
import HTTP
import Middleware
import Payments

/// Has the provider asked. What the caller says of the payment is not read.
@Sendable func confirmPayment(_ call: Call) throws -> Response {
  let desk = ProviderDesk(call.providers)
  let found = try desk.confirm(
    try call.id(), for: try call.paymentReader(), with: call.providerTools)
  guard let payment = found else { throw PaymentError.noSuchPayment }
  return try .data(payment)
}
