import Core
import Gate
import HTTP
import KitTesting
import Postgres
import Redis
import Testing

@Suite struct GateLimitTests {
  private static let burst = RateClass("burst", by: .ip, count: 1, seconds: 3600, burst: 25)

  private static func gate(_ redisURL: String, _ local: LocalLimiter, scale: Int = 1) -> Gate {
    Gate(
      redis: Redis(RedisSettings(url: redisURL)),
      database: Database(DatabaseSettings(url: "host=/nowhere")), local: local, scale: scale)
  }

  private static let noRedis = "unix:///nowhere/redis.sock"

  /// Many workers at once: exactly the burst passes, in Redis and without it.
  @Test(arguments: [true, false])
  func exactlyTheBurstPasses(_ hasRedis: Bool) throws {
    let url = hasRedis ? TestServers.shared.freshRedisURL() : Self.noRedis
    let local = LocalLimiter(clock: .system)
    let workers = (0..<8).map { _ in
      Concurrently {
        let gate = Self.gate(url, local)
        return (0..<20).count { _ in gate.take(Self.burst, key: "ana").isAllowed }
      }
    }
    #expect(try workers.reduce(0) { $0 + (try $1.result()) } == 25)
  }

  @Test(arguments: [true, false])
  func aVerdictTellsWhatIsLeft(_ hasRedis: Bool) {
    let gate = Self.gate(
      hasRedis ? TestServers.shared.freshRedisURL() : Self.noRedis, LocalLimiter(clock: .system))
    let limit = RateClass("three", by: .ip, count: 1, seconds: 60, burst: 3)
    let verdicts = (0..<4).map { _ in gate.take(limit, key: "ana") }
    #expect(verdicts.map(\.isAllowed) == [true, true, true, false])
    #expect(verdicts.map(\.remaining) == [2, 1, 0, 0])
    #expect(verdicts[0].retryAfter == .zero)
    #expect(verdicts[3].retryAfter > .seconds(50) && verdicts[3].retryAfter <= .seconds(60))
    #expect(verdicts[3].resetAfter > .seconds(170) && verdicts[3].resetAfter <= .seconds(180))
    #expect(gate.take(limit, key: "bob").isAllowed, "another key")
  }

  @Test func theLocalLimiterRecoversAtItsRate() {
    let clock = TestClock()
    let limiter = LocalLimiter(clock: clock.clock)
    let limit = RateClass("two", by: .ip, count: 2, seconds: 1, burst: 4)
    func passing() -> Int {
      var count = 0
      while limiter.take(limit, key: "ana").isAllowed { count += 1 }
      return count
    }
    #expect(passing() == 4)
    clock.advance(by: .milliseconds(499))
    #expect(passing() == 0)
    clock.advance(by: .milliseconds(1))
    #expect(passing() == 1)
    clock.advance(by: .seconds(1))
    #expect(passing() == 2)
    clock.advance(by: .hours(1))
    #expect(passing() == 4, "never more than the burst")
  }

  /// The scale of tests and benchmarks must not divide by zero.
  @Test(arguments: [true, false])
  func aHugeScaleIsNoLimit(_ hasRedis: Bool) {
    let gate = Self.gate(
      hasRedis ? TestServers.shared.freshRedisURL() : Self.noRedis, LocalLimiter(clock: .system),
      scale: 1_000_000)
    let limit = RateClass("public", by: .ip, count: 50, seconds: 1, burst: 100)
    #expect((0..<200).allSatisfy { _ in gate.take(limit, key: "ana").isAllowed })
  }

  @Test func anUnlimitedClassAsksNobody() throws {
    let redis = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()))
    let gate = Gate(
      redis: redis, database: Database(DatabaseSettings(url: "host=/nowhere")),
      local: LocalLimiter(clock: .system), scale: 1)
    let none = RateClass("none", by: .ip, count: 0, seconds: 1, burst: 0)
    let passage = try gate.pass(none, key: "ana", bearer: nil)
    #expect(passage.limit == nil)
    #expect(passage.standing == .good)
    #expect(redis.statistics.roundTrips == 0)
  }
}
