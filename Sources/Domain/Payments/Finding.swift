package import Core

/// What somebody outside says about a payment, by an answer or by a call.
package enum Finding: Equatable, Sendable {
  /// They do not know of it.
  case unknown
  case pending
  case authorized(Money)
  case captured(Money)
  case failed(reason: String)
}

/// What a finding means for a payment as it stands.
package enum Judgement: Equatable {
  /// Nothing changes, in these words.
  case nothing(String)
  case authorize
  /// `isUnwanted`: the money goes straight back.
  case capture(isUnwanted: Bool)
  case fail(reason: String)
  /// It contradicts what we asked for.
  case suspect(SecurityEvent, String)

  var isBelieved: Bool { if case .suspect = self { false } else { true } }
  var isNews: Bool {
    switch self {
    case .nothing, .suspect: false
    case .authorize, .capture, .fail: true
    }
  }
}

extension Payment {
  /// The one place that decides. A payment that has its money keeps it whatever is said later; a
  /// payment that is dead never comes to life, but money that comes for it is booked.
  package func judge(_ finding: Finding) -> Judgement {
    if let doubt = doubt(finding) { return doubt }
    switch (status, finding) {
    case (_, .pending), (_, .unknown): return .nothing("nothing new")
    case (.captured, _), (.partiallyRefunded, _), (.refunded, _):
      return .nothing("it has its money already")
    // Of others it is a promise that the job takes up, when it hears of it.
    case (.pending, .authorized):
      return provider.isOutside ? .nothing("promised: it is asked for") : .authorize
    case (_, .authorized): return .nothing("it is \(status.rawValue) already")
    // The wallet takes what comes late. An order that died, or heard that it failed, does not.
    case (.failed, .captured), (.cancelled, .captured): return .capture(isUnwanted: !isTopUp)
    case (.pending, .captured), (.authorized, .captured):
      return .capture(isUnwanted: isAbandoned && !isTopUp)
    case (.pending, .failed(let reason)), (.authorized, .failed(let reason)):
      return .fail(reason: reason)
    case (.failed, .failed), (.cancelled, .failed):
      return .nothing("it is \(status.rawValue) already")
    }
  }

  private func doubt(_ finding: Finding) -> Judgement? {
    switch finding {
    case .authorized(let money), .captured(let money):
      if money.currency != amount.currency {
        return .suspect(
          .wrongCurrency, "\(money.currency.rawValue) instead of \(amount.currency.rawValue)")
      }
      if money.amount != amount.amount {
        return .suspect(.wrongAmount, "\(money.amount) instead of \(amount.amount)")
      }
      return nil
    case .unknown, .pending, .failed: return nil
    }
  }
}
