package import Core
internal import Crypto

/// Where money can be.
package enum Account: Hashable, Sendable {
  case wallet(UserID)
  /// What lies with a provider.
  case provider(ProviderName)
  /// What was paid for orders.
  case sales

  /// Made from what it is, so that nobody has to ask for it.
  package func id(in currency: Currency) -> UUID {
    let name =
      switch self {
      case .wallet(let user): "wallet \(user)"
      case .provider(let provider): "provider \(provider.rawValue)"
      case .sales: "sales"
      }
    let digest = SHA256.hash(Array("\(name) \(currency.rawValue)".utf8))
    return UUID(bytes: digest.prefix(16)) ?? UUID(high: 0, low: 0)  // It has sixteen: never nil.
  }

  var kind: String {
    switch self {
    case .wallet: "wallet"
    case .provider: "provider"
    case .sales: "sales"
    }
  }

  var owner: UserID? { if case .wallet(let user) = self { user } else { nil } }
  var provider: ProviderName? { if case .provider(let name) = self { name } else { nil } }
}

/// A line of the ledger: an amount goes from one account to another.
struct Entry {
  let from: Account
  let to: Account
  let amount: Money
  let kind: Kind
  let payment: PaymentID
  let refund: RefundID?
  let reference: String

  enum Kind: String {
    case payment, refund
    case topUp = "top_up"
  }
}

extension Entry {
  /// The money of a payment comes in.
  static func capture(_ payment: Payment) -> Entry {
    let source: Account =
      payment.provider == .wallet ? .wallet(payment.customer) : .provider(payment.provider)
    return Entry(
      from: source, to: payment.isTopUp ? .wallet(payment.customer) : .sales,
      amount: payment.amount, kind: payment.isTopUp ? .topUp : .payment, payment: payment.id,
      refund: nil, reference: "capture \(payment.id)")
  }

  /// Money goes back where it came from. Cash cannot be sent: it goes to the customer's wallet.
  static func refund(_ refund: Refund, of payment: Payment) -> Entry {
    let target: Account =
      [.wallet, .cod].contains(payment.provider)
      ? .wallet(payment.customer) : .provider(payment.provider)
    return Entry(
      from: .sales, to: target, amount: refund.amount, kind: .refund, payment: payment.id,
      refund: refund.id, reference: "refund \(refund.id)")
  }
}
