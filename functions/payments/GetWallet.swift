import Core
import HTTP
import Middleware
import Payments

/// The wallet in the currency asked for, or else the one used last, and all of them.
@Sendable func getWallet(_ call: Call) throws -> Response {
  let user = try call.signedIn().user
  var query = try call.query()
  let currency = query.currency("currency")
  try query.check()
  let wallets = try WalletDirectory.list(of: user, in: call.database)
  let chosen =
    if let currency { wallets.first { $0.balance.currency == currency } } else { wallets.first }
  let wallet = chosen ?? WalletDirectory.empty(of: user, in: currency ?? .usual)
  return try .data(
    WalletAnswer(id: wallet.id, balance: wallet.balance, wallets: wallets))
}

struct WalletAnswer: Encodable {
  let id: WalletID
  let balance: Money
  let wallets: [WalletRecord]
}

extension Currency {
  /// Of a wallet that nobody said a currency for.
  fileprivate static let usual = Currency(rawValue: "USD") ?? .none
}

extension QueryString {
  mutating func currency(_ name: String) -> Currency? {
    guard let text = self[name] else { return nil }
    if TextRule.currency.holds(text) { return Currency(rawValue: text) }
    refuse(name, TextRule.currency.code, TextRule.currency.message)
    return nil
  }
}
