internal import Core

/// When somebody is asked again. With some chance in it, so that those who failed together do not
/// come back together.
enum Patience {
  /// Longer than any call may take.
  static let lease = Duration.seconds(60)

  /// For whoever waits for the answer. There are at most two calls.
  static let brief = Duration.seconds(2)
  static let briefLease = Duration.seconds(10)

  /// However often somebody wants to know.
  static let askedMost = 100

  /// How often whoever holds a payment that was given up is asked to close it.
  static let closingMost = 12

  /// The customer is at the provider's page: often at first, then every five minutes. Twelve
  /// questions outlast the half hour an order has.
  static func question(_ asked: Int, _ ids: IDSource) -> Duration {
    spread([5, 10, 20, 40, 60, 120, 180, 240][min(max(asked, 1), 8) - 1], ids)
  }

  /// Nothing came back.
  static func fault(_ asked: Int, _ ids: IDSource) -> Duration {
    spread(1 << Int64(min(max(asked, 1), 9) - 1), ids)
  }

  private static func spread(_ seconds: Int64, _ ids: IDSource) -> Duration {
    let share = Int64(ids.randomness.word() % 200)  // of a thousand
    return .milliseconds(seconds * 1000 + seconds * share)
  }
}
