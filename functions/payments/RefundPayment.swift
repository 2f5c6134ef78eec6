import Core
import HTTP
import Middleware
import Payments

/// By an order or a payment that the body names.
@Sendable func refundPayment(_ call: Call) throws -> Response {
  let body: RefundPaymentRequest = try call.body()
  guard let target = body.target else {
    throw Problem.invalid([
      .init(
        field: "payment_id", code: "required", message: "Give a payment_id or an order_id.")
    ])
  }
  return try refund(target, body, call)
}

func refund(
  _ target: RefundRequest.Target, _ body: RefundPaymentRequest, _ call: Call
) throws -> Response {
  let caller = try call.signedIn()
  // Keys are their callers' own; what a key gave back stays so when its answer is forgotten.
  let reference = "key \(caller.user) \(call.request[.idempotencyKey] ?? "")"
  return try call.write { transaction in
    let refund = try call.cashier.refund(
      RefundWish(
        target, amount: body.amount, parcel: body.parcel, reason: body.reason,
        reference: reference), by: caller.asShopManager, in: transaction)
    return try .created(refund, at: "/api/v1/payments/\(refund.paymentId)/refunds")
  }
}

struct RefundPaymentRequest: RequestBody {
  let target: RefundRequest.Target?
  let amount: Money?
  let parcel: ParcelID?
  let reason: String

  init(_ fields: inout Fields) {
    let payment = fields.optionalID("payment_id", PaymentKind.self)
    let order = fields.optionalID("order_id", OrderKind.self)
    target =
      payment.map(RefundRequest.Target.payment) ?? order.map(RefundRequest.Target.order)
    amount = fields.optionalMoney("amount")
    parcel = fields.optionalID("parcel_id")
    reason = fields.text("reason", 1...500, .line)
  }
}
