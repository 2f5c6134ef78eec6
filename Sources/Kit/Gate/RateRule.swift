internal import HTTP
internal import Redis

/// The generic cell rate algorithm. One number is kept for a key: the time at which its burst
/// would be whole again. A request moves it on by the interval and is refused when that would
/// put it more than a burst ahead of now.
enum RateRule {
  /// At least one: a limit scaled beyond a million a second is no limit, but must not divide by
  /// zero.
  static func intervalMicroseconds(_ limit: RateClass) -> Int64 {
    max(1, Int64(limit.seconds) * 1_000_000 / Int64(max(1, limit.count)))
  }

  /// KEYS: the key. ARGV: interval in µs, burst. The time is the Redis server's, one clock for
  /// all hosts. Answers {allowed, remaining, reset after µs, retry after µs}.
  static let script = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local interval = tonumber(ARGV[1])
    local tolerance = interval * tonumber(ARGV[2])
    local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
    local moved = whole + interval
    if moved - now > tolerance then
      return {0, 0, whole - now, moved - now - tolerance}
    end
    redis.call('SET', KEYS[1], string.format('%.0f', moved), 'PX',
      math.ceil((moved - now) / 1000))
    return {1, math.floor((tolerance - (moved - now)) / interval), moved - now, 0}
    """)

  /// The same rule in this process: `whole` is the kept number, changed when allowed.
  static func decide(_ limit: RateClass, now: Int64, whole: inout Int64) -> LimitVerdict {
    let interval = intervalMicroseconds(limit)
    let tolerance = interval * Int64(limit.burst)
    let start = max(whole, now)
    let moved = start + interval
    if moved - now > tolerance {
      return LimitVerdict(
        isAllowed: false, remaining: 0, resetAfter: .microseconds(start - now),
        retryAfter: .microseconds(moved - now - tolerance))
    }
    whole = moved
    return LimitVerdict(
      isAllowed: true, remaining: Int((tolerance - (moved - now)) / interval),
      resetAfter: .microseconds(moved - now), retryAfter: .zero)
  }

  static func verdict(_ reply: RedisValue) -> LimitVerdict? {
    guard case .array(let parts) = reply, parts.count == 4 else { return nil }
    let numbers = parts.compactMap { part in
      if case .integer(let number) = part { number } else { nil }
    }
    guard numbers.count == 4 else { return nil }
    return LimitVerdict(
      isAllowed: numbers[0] == 1, remaining: numbers[1],
      resetAfter: .microseconds(Int64(numbers[2])), retryAfter: .microseconds(Int64(numbers[3])))
  }
}
