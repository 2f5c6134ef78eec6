import Core
import HTTP
import Middleware
import Payments

@Sendable func listRefunds(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let refunds = try RefundDirectory.list(
    of: try call.id(PaymentKind.self), for: caller.asShopManager, in: call.database)
  guard let refunds else { throw PaymentError.noSuchPayment }
  return try .list(refunds, meta: CountMeta(count: refunds.count))
}
