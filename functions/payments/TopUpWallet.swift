import Core
import HTTP
import Middleware
import Payments

/// Opens a payment that fills the wallet when its money comes.
@Sendable func topUpWallet(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: TopUpWalletRequest = try call.body()
  let provider = try call.providers.check(
    body.provider, method: body.method, currency: body.amount.currency,
    returnURL: body.returnURL)
  guard provider != .wallet, provider != .cod else {
    throw PaymentError.notForTopUps(field: "provider")
  }
  let reader = try call.paymentReader()
  return try call.write { transaction in
    let id = try call.cashier.topUp(
      TopUp(
        customer: caller.user, amount: body.amount, provider: provider, method: body.method,
        returnURL: body.returnURL), in: transaction)
    guard let payment = try PaymentDirectory.find(.id(id), for: reader, in: transaction) else {
      throw PaymentError.noSuchPayment
    }
    return try .created(payment, at: "/api/v1/payments/\(id)")
  }
}

struct TopUpWalletRequest: RequestBody {
  let amount: Money
  let provider: String
  let method: String?
  let returnURL: String?

  init(_ fields: inout Fields) {
    amount = fields.money("amount")
    provider = fields.text("provider", 1...40, .line)
    method = fields.optionalText("method", 1...40, .line)
    returnURL = fields.optionalText("return_url", 8...2048, .webAddress)
  }
}
