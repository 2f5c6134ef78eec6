internal import Core

/// What a rate limit says to one request.
package struct LimitVerdict: Sendable, Equatable {
  package let isAllowed: Bool
  /// How many more would be allowed at this moment.
  package let remaining: Int
  /// Until the whole burst is there again.
  package let resetAfter: Duration
  package let retryAfter: Duration

  package init(isAllowed: Bool, remaining: Int, resetAfter: Duration, retryAfter: Duration) {
    self.isAllowed = isAllowed
    self.remaining = remaining
    self.resetAfter = resetAfter
    self.retryAfter = retryAfter
  }

  /// Whole seconds, rounded up: a caller that waits as told must not come too early.
  package static func wholeSeconds(_ duration: Duration) -> Int {
    Int((duration.microseconds + 999_999) / 1_000_000)
  }
}
