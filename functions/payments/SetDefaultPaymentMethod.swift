import Core
import HTTP
import Middleware
import Payments

@Sendable func setDefaultPaymentMethod(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(PaymentMethodKind.self)
  return try call.write { transaction in
    let method = try call.cashier.makeDefault(
      id, of: caller.user, check: call.requireMatch, in: transaction)
    return try .data(method).tagged(version: method.version)
  }
}
