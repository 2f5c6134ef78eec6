internal import Core
internal import JSON
internal import Postgres

/// Who moves the money.
package enum ProviderName: String, Sendable, CaseIterable, Encodable, Bindable, Column {
  case wallet, cod, momo, midtrans, stripe, sandbox

  /// As people write it.
  package var title: String {
    switch self {
    case .wallet: "the wallet"
    case .cod: "cash on delivery"
    case .momo: "MoMo"
    case .midtrans: "Midtrans"
    case .stripe: "Stripe"
    case .sandbox: "the sandbox"
    }
  }

  /// All that have to be asked.
  package static let outside = allCases.filter(\.isOutside)

  /// Whether somebody outside has to be asked.
  var isOutside: Bool {
    switch self {
    case .wallet, .cod: false
    case .momo, .midtrans, .stripe, .sandbox: true
    }
  }

  /// Whether somebody outside is asked to give money back. The sandbox does at once.
  package var isAskedForRefunds: Bool { isOutside && self != .sandbox }

  /// Whether customers pay at a page or a form of the provider's.
  package var sendsCustomersAway: Bool {
    switch self {
    case .wallet, .cod, .sandbox: false
    case .momo, .midtrans, .stripe: true
    }
  }
}

/// What the sandbox does, chosen by the method of the payment.
package enum SandboxMethod: String, Sendable, CaseIterable {
  /// At once.
  case approve, decline
  /// It calls back after two seconds; twice; before it has answered; after the order's time; never.
  case slow, twice, early, late, never
}
