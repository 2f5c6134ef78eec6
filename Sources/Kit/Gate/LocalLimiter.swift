package import Core
package import HTTP
internal import Synchronization

/// The limiter of one process, at the same rates, for the time Redis is away.
package final class LocalLimiter: Sendable {
  private let clock: Clock
  private let kept = Mutex<[String: Int64]>([:])
  private static let keysMax = 50_000

  package init(clock: Clock) { self.clock = clock }

  package func take(_ limit: RateClass, key: String) -> LimitVerdict {
    let now = clock.now.microseconds
    return kept.withLock { kept in
      if kept.count >= Self.keysMax { kept = kept.filter { $0.value > now } }
      // Full of callers all at their limit: forgetting them is the bound on memory.
      if kept.count >= Self.keysMax { kept.removeAll(keepingCapacity: true) }
      return RateRule.decide(limit, now: now, whole: &kept[key, default: now])
    }
  }
}
