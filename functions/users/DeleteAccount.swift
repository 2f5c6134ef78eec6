import HTTP
import Identity
import Middleware

@Sendable func deleteAccount(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: DeleteAccountRequest = try call.body()
  try call.accounts.deleteAccount(
    of: caller.user, password: body.password, forfeitsWallet: body.forfeitsWallet,
    check: call.requireMatch, in: call.database)
  return .noContent
}

struct DeleteAccountRequest: RequestBody {
  let password: String
  /// What is in the wallet may be lost.
  let forfeitsWallet: Bool

  init(_ fields: inout Fields) {
    password = fields.text("password", 1...128)
    forfeitsWallet = fields.optionalFlag("forfeit_wallet") ?? false
  }
}
