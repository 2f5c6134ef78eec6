/// How long to wait before the next attempt, and after how many to give up.
package struct Patience: Sendable {
  package let first: Duration
  package let longest: Duration
  package let attemptsMax: Int

  package init(
    first: Duration = .seconds(1), longest: Duration = .minutes(10), attemptsMax: Int = 12
  ) {
    self.first = first
    self.longest = longest
    self.attemptsMax = attemptsMax
  }

  /// Twice as long each time, give or take a quarter, so that what failed together parts.
  package func pause(after attempts: Int, _ randomness: Randomness) -> Duration {
    let doubled = first.microseconds << Int64(min(max(attempts - 1, 0), 40))
    let full = doubled <= 0 ? longest.microseconds : min(doubled, longest.microseconds)
    let spread = full / 2
    let extra = spread > 0 ? Int64(randomness.word() % UInt64(spread)) : 0
    return .microseconds(full - spread / 2 + extra)
  }
}
