import KitTesting
import Redis
import Testing

/// Commands that were begun and are not waited for yet.
@Suite struct RedisUnderwayTests {
  private let redis = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()))

  @Test func repliesAreThoseOfWhatWasBegun() throws {
    let exchange = try redis.begin([["SET", "a", "1"], ["GET", "a"]])
    #expect(try redis.finish(exchange) == [.status("OK"), .bytes(Array("1".utf8))])
    #expect(redis.statistics.roundTrips == 1)
  }

  @Test func othersMayAskInBetween() throws {
    let exchange = try redis.begin([["INCR", "n"]])
    #expect(try redis.command("INCR", "n") == .integer(2))
    #expect(try redis.command("INCR", "n") == .integer(3))
    #expect(try redis.finish(exchange) == [.integer(1)])
    #expect(try redis.command("GET", "n").string == "3")
  }

  @Test func scriptsMayBeBegun() throws {
    let server = try OwnRedis()
    let redis = Redis(server.settings)
    let script = RedisScript("return ARGV[1] + 1")
    for _ in 0..<2 {
      let exchange = try redis.begin([script.call(arguments: [41])])
      #expect(try redis.finish(exchange) == [.integer(42)])
    }
    try server.forgetScripts()
    let exchange = try redis.begin([script.call(arguments: [1])])
    #expect(try redis.finish(exchange) == [.integer(2)])
  }

  @Test func repliesNobodyAskedForAreNotTakenForOthers() throws {
    _ = try redis.begin([["SET", "b", "old"]])
    let exchange = try redis.begin([["SET", "b", "new"], ["GET", "b"]])
    #expect(try redis.finish(exchange).last?.string == "new")
    #expect(try redis.command("GET", "b").string == "new")
  }

  @Test func aFailureShowsWhereTheRepliesAreAskedFor() throws {
    let other = Redis(redis.settings)
    let id = try #require(try redis.command("CLIENT", "ID").integer)
    let exchange = try redis.begin([["BLPOP", "nothing", "0"]])
    try other.command("CLIENT", "KILL", "ID", RedisArgument(id))
    #expect(throws: RedisError.self) { try redis.finish(exchange) }
    #expect(try redis.command("PING") == .status("PONG"), "and connects anew")
  }
}

/// Commands whose replies nobody waits for.
@Suite struct RedisPostTests {
  private let redis = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()))

  @Test func repliesStayInStep() throws {
    redis.post(["SET", "a", "lost"])
    #expect(try redis.command("GET", "a") == .null, "there was no connection to send it on")
    for number in 1...50 {
      redis.post(["SET", "a", RedisArgument(number)])
      #expect(try redis.command("GET", "a").string == "\(number)")
    }
    #expect(redis.statistics.roundTrips == 51)
  }

  @Test func aConnectionThatBrokeMeanwhileIsMadeAnew() throws {
    let other = Redis(redis.settings)
    let id = try #require(try redis.command("CLIENT", "ID").integer)
    redis.post(["SET", "a", "1"])
    #expect(try becomesTrue { try other.command("GET", "a").string == "1" })
    try other.command("CLIENT", "KILL", "ID", RedisArgument(id))
    #expect(try redis.command("PING") == .status("PONG"))
  }

  @Test func aSubscriptionHearsWhatIsPosted() throws {
    let ear = RedisSubscription(redis.settings, channel: "news")
    #expect(try ear.wait(for: .zero), "it may have missed something before")
    #expect(try !ear.wait(for: .zero))
    try redis.command("PING")
    for _ in 0..<3 { redis.post(["PUBLISH", "news", "1"]) }
    #expect(try ear.wait(for: .seconds(10)))
    try redis.command("PING")
    _ = try ear.wait(for: .milliseconds(1))
    #expect(try !ear.wait(for: .milliseconds(1)))
  }
}
