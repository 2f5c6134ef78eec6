internal import Core
internal import Threads

/// Wakes one thread. However often it is rung, what was rung for is looked after once.
final class Bell: Sendable {
  private let rings = Monitor(0)

  func ring() { rings.change { $0 += 1 } }

  /// True when it was rung, at once when that was before.
  @discardableResult
  func wait(for time: Duration) -> Bool {
    let deadline = Clock.monotonicNanoseconds() + UInt64(max(0, time.microseconds)) * 1000
    return rings.wait(until: deadline) { rings in
      guard rings > 0 else { return nil }
      rings = 0
      return true
    } ?? false
  }
}
