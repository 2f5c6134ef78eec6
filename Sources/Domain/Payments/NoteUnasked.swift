internal import Core
internal import Postgres

extension ProviderDesk {
  /// `payments_api.stuck` counts what says so.
  static let notConfigured = "this provider is not configured"

  /// Whoever has a provider's keys asks within seconds. What has waited for so long is noted.
  private static let grace = Duration.minutes(10)
  private static let limit = 100

  /// Of providers whose keys are not here, and perhaps nowhere any more: says so in what waits for
  /// them, which operators are told of at once: money that was given up, or does not go back. All
  /// of it stays due, and keeps its questions, for whoever has the keys. True when there may be
  /// more.
  package func noteUnasked(with tools: ProviderTools) throws -> Bool {
    let others = ProviderName.outside.filter { providers[$0] == nil }
    guard !others.isEmpty else { return false }
    let noted = try tools.database.exchange([
      QueueStore.notePayments(
        of: others, Self.notConfigured, dueBefore: tools.now - Self.grace, limit: Self.limit),
      QueueStore.noteRefunds(
        of: others, Self.notConfigured, dueBefore: tools.now - Self.grace, limit: Self.limit),
    ])
    return noted.contains { $0.affected == Self.limit }
  }
}
