/// How long to wait before starting again what has died: not at all the first time, and longer
/// each time that it dies soon.
struct Backoff {
  private(set) var failures = 0

  static let soon = Duration.seconds(10)
  private static let longest = Duration.seconds(30)

  mutating func delay(afterLiving life: Duration) -> Duration {
    failures = life < Self.soon ? failures + 1 : 0
    guard failures > 0 else { return .zero }
    return min(Self.longest, .milliseconds(100 << min(failures - 1, 10)))
  }
}
