import Core
import HTTP
import Middleware
import Payments

@Sendable func listWalletTransactions(_ call: Call) throws -> Response {
  let user = try call.signedIn().user
  var query = try call.query()
  let currency = query.currency("currency")
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let (lines, total) = try WalletDirectory.transactions(
    of: user, in: currency, before: try paging.place(in: "wallet"), limit: paging.limit,
    offset: paging.offset, in: call.database)
  return try paging.answer(lines, total: total, as: "wallet", sealing: call.shared.cursors) {
    [String($0.number)]
  }
}
