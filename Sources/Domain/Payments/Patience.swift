internal import Core

extension Patience {
  /// The customer is at the provider's page: often at first, then every five minutes. Twelve
  /// questions outlast the half hour an order has.
  static let forAnswers = Patience(first: .seconds(5), longest: .minutes(5))
  /// Nothing came back.
  static let afterFaults = Patience(longest: .minutes(5))
}
