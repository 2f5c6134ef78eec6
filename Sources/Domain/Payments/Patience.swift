internal import Core

extension Patience {
  /// The customer is at the provider's page: often at first, then every five minutes. Twelve
  /// questions outlast the half hour an order has.
  static let forAnswers = Patience(first: .seconds(5), longest: .minutes(5))
  /// Nothing came back.
  static let afterFaults = Patience(longest: .minutes(5))
  /// To give money back was refused for good: somebody may have put it right meanwhile.
  static let afterRefusals = Patience(first: .minutes(10), longest: .hours(12))
}

/// How long a provider may take, and how often it is asked.
package enum Questions {
  /// What a call may take. MoMo wants to be waited for at least so long.
  package static let patience = Duration.seconds(30)
  /// Longer than the calls about one thing may take: there are at most three.
  static let lease = patience * 3 + .seconds(10)

  /// For whoever waits for the answer. There are at most two calls.
  static let brief = Duration.seconds(2)
  static let briefLease = Duration.seconds(10)

  /// However often somebody wants to know.
  static let askedMost = 100

  /// How often whoever holds a payment that was given up is asked to close it.
  static let closingMost = 12

  /// Who has told nothing by then since it was given up is asked on, once an hour, for so long.
  static let silenceMost = Duration.days(3)
}

extension Payment {
  /// From then on nobody could want to pay it.
  var overAt: Timestamp { max(expiresAt, abandonedAt ?? expiresAt) }

  /// When whoever has it, though it was given up or had failed, is asked next.
  func nextClosing(at now: Timestamp, after pause: Duration) -> Timestamp? {
    guard closing >= Questions.closingMost else { return now + pause }
    let next = now + .hours(1)
    return next <= overAt + Questions.silenceMost ? next : nil
  }
}
