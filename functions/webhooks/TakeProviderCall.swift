import Core
import HTTP
import Middleware
import Payments
import Postgres

/// Looks at the signature, puts the call down and answers at once. What it says is looked at by the
/// scheduled function.
@Sendable func takeProviderCall(_ call: Call) throws -> Response {
  guard let name = ProviderName(rawValue: call.pathText()), let provider = call.providers[name]
  else { throw Problem.notFound("There is no such provider here.") }
  let received = ProviderCall(
    body: try call.rawBody(), signature: call.request[name.signatureField])
  do throws(CallFault) {
    try provider.verify(received, at: call.now)
  } catch {
    try call.database.transaction {
      call.cashier.refuse(received, error, from: name, at: call.remoteAddress, in: $0)
    }
    throw error.problem
  }
  try call.database.transaction {
    try call.cashier.receive(received, from: name, at: call.remoteAddress, in: $0)
  }
  return name.thanks
}

extension ProviderName {
  fileprivate var signatureField: Field {
    self == .stripe ? .stripeSignature : .soukSignature
  }

  /// What each expects to hear.
  fileprivate var thanks: Response {
    switch self {
    case .midtrans, .stripe:
      Response(status: 200, headers: [Response.jsonType], body: Array("{}".utf8))
    case .momo, .sandbox, .wallet, .cod: .noContent
    }
  }
}

extension CallFault {
  fileprivate var problem: Problem {
    switch self {
    case .forged: Problem(400, "invalid_signature", "The signature does not fit the body.")
    case .stale: Problem(400, "stale_signature", "The signature is too old, or of the future.")
    case .unreadable: Problem(400, "unreadable_call", "The body cannot be read.")
    }
  }
}
