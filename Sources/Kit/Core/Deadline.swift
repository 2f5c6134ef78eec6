/// Until when something may take.
package struct Deadline: Sendable {
  private let nanoseconds: UInt64

  package init(after timeout: Duration) {
    nanoseconds = Clock.monotonicNanoseconds() + UInt64(max(timeout.microseconds, 0)) * 1000
  }

  package var hasPassed: Bool { Clock.monotonicNanoseconds() >= nanoseconds }

  /// Rounded up: a wait that ends a little early would only be repeated.
  package var millisecondsLeft: Int32 {
    let now = Clock.monotonicNanoseconds()
    return now >= nanoseconds ? 0 : Int32(clamping: (nanoseconds - now + 999_999) / 1_000_000)
  }

  /// Where as many tries are left.
  package func share(of tries: Int) -> Deadline {
    Deadline(after: .milliseconds(Int64(millisecondsLeft) / Int64(max(tries, 1))))
  }
}
