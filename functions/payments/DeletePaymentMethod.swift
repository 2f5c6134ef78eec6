import Core
import HTTP
import Middleware
import Payments

@Sendable func deletePaymentMethod(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(PaymentMethodKind.self)
  return try call.write { transaction in
    try call.cashier.forget(id, of: caller.user, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
