package import Core

/// How far the payment of an order has come.
package enum PaymentStanding: Equatable, Sendable {
  case pending(Waiting)
  /// Promised: cash that the shipper will take.
  case authorized
  case captured
  case failed(reason: String)
  case cancelled
  case refunded

  /// What a pending payment waits for.
  package struct Waiting: Equatable, Sendable {
    package let provider: ProviderName
    package let nextQuestion: Timestamp?
    package let asked: Int
    package let most: Int

    package init(provider: ProviderName, nextQuestion: Timestamp?, asked: Int, most: Int) {
      self.provider = provider
      self.nextQuestion = nextQuestion
      self.asked = asked
      self.most = most
    }

    /// `waiting for MoMo, next question in 40 s, 2 of 12`
    package func words(at now: Timestamp) -> String {
      guard let nextQuestion else {
        return "waiting for \(provider.title), asked \(asked) times, no further question"
      }
      let seconds = max(0, (nextQuestion - now).milliseconds + 999) / 1000
      let time = seconds == 0 ? "now" : "in \(seconds) s"
      return "waiting for \(provider.title), next question \(time), \(asked) of \(most)"
    }
  }
}

extension Payment {
  package var standing: PaymentStanding {
    switch status {
    case .pending:
      .pending(.init(provider: provider, nextQuestion: dueAt, asked: asked, most: askedMost))
    // Its order is dead. What had come goes back.
    case .authorized where isAbandoned, .captured where isAbandoned,
      .partiallyRefunded where isAbandoned:
      .cancelled
    case .authorized: .authorized
    case .captured, .partiallyRefunded: .captured
    case .refunded: .refunded
    case .failed: .failed(reason: failure ?? "failed")
    case .cancelled: .cancelled
    }
  }
}
