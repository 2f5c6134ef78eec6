import Core
import HTTP
import Middleware
import Payments

@Sendable func listPayments(_ call: Call) throws -> Response {
  var query = try call.query()
  let status = query.choice("status", Payment.Status.self)
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let (payments, total) = try PaymentDirectory.list(
    for: try call.paymentReader(), status,
    before: try paging.place(in: "payments") { $0.count == 1 ? PaymentID($0[0]) : nil },
    limit: paging.limit, offset: paging.offset, in: call.database)
  return try paging.answer(payments, total: total, as: "payments", sealing: call.shared.cursors) {
    [$0.id?.description ?? ""]
  }
}

extension Call {
  func paymentReader() throws -> PaymentReader {
    let caller = try signedIn()
    return PaymentReader(caller.user, isAdmin: caller.has(.admin), now: now)
  }
}
