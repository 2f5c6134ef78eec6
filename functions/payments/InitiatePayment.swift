import Core
import HTTP
import Middleware
import Payments

/// 200 with the payment that waits, 202 where the order's checkout makes one next.
@Sendable func initiatePayment(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: InitiatePaymentRequest = try call.body()
  return try call.write { transaction in
    let (payment, isBegun) = try call.cashier.initiate(
      body.wish, by: caller.user, with: call.providers, in: transaction)
    return try .data(payment, status: isBegun ? 200 : 202)
  }
}

struct InitiatePaymentRequest: RequestBody {
  let wish: PaymentWish

  init(_ fields: inout Fields) {
    let order = fields.optionalID("order_id", OrderKind.self)
    if fields.value("order_id") == nil {
      fields.refuse("order_id", "required", "This field is required.")
    }
    wish = PaymentWish(
      order: order ?? OrderID(UUID(high: 0, low: 0)),
      provider: fields.text("provider", 1...40, .line),
      method: fields.optionalText("method", 1...40, .line),
      savedMethod: fields.optionalID("payment_method_id"),
      returnURL: fields.optionalText("return_url", 8...2048, .webAddress))
  }
}
