import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Redis
import Testing

private let nowhere = ["REDIS_URL": "unix:///nowhere/redis.sock"]

@Suite struct RateLimitTests {
  @Test func everyAnswerTellsWhatIsLeft() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let ana = try bazaar.visitor()
    let first = bazaar.profile(ana.token)
    #expect(first.header("RateLimit-Policy") == "\"signed_in\";q=40;w=2")
    #expect(first.header("RateLimit") == "\"signed_in\";r=39;t=1")
    let refused = bazaar.users.send("GET", "/api/v1/admin/users", token: ana.token)
    #expect(refused.status == 403)
    #expect(refused.header("RateLimit")?.hasPrefix("\"signed_in\";r=3") == true)
  }

  /// Redis keeps the time, so this one runs on the clock of the world.
  @Test func aBurstThenTheRateThenRecovery() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let ana = try bazaar.visitor()
    let bob = try bazaar.visitor()
    let start = Clock.monotonicNanoseconds()
    var allowed = 0
    var refused: TestAnswer?
    while refused == nil, allowed < 1000 {
      let answer = bazaar.profile(ana.token)
      if answer.status == 200 { allowed += 1 } else { refused = answer }
    }
    let seconds = Double(Clock.monotonicNanoseconds() - start) / 1e9
    #expect(allowed >= 40)
    #expect(Double(allowed) <= 40 + 20 * seconds + 1)
    let answer = try #require(refused)
    #expect(answer.isProblem(429, "rate_limited"))
    #expect(answer.header("Retry-After") == "1")
    #expect(answer.header("RateLimit")?.hasPrefix("\"signed_in\";r=0;t=") == true)
    // A read may begin ahead of the answer, but not again after a refusal: no flood gets through.
    let next = bazaar.profile(ana.token)
    #expect(next.status == 200 || next.databaseRoundTrips == 0)
    // It is the user's limit: wherever they are, and nobody else's.
    let elsewhere = bazaar.users.send(
      "GET", "/api/v1/users/me", token: ana.token, from: "198.51.100.1")
    let left = elsewhere.header("RateLimit")?.split(separator: ";").first { $0.hasPrefix("r=") }
    #expect((left.flatMap { Int($0.dropFirst(2)) } ?? 40) < 30)
    #expect(bazaar.profile(bob.token).status == 200)
    #expect(becomesTrue(within: .seconds(2)) { bazaar.profile(ana.token).status == 200 })
  }

  /// One limit for one caller, in however many processes the function runs.
  @Test func processesShareTheLimit() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let other = try Bazaar.auth(on: bazaar.stack)
    for attempt in 0..<20 {
      let function = attempt.isMultiple(of: 2) ? bazaar.auth : other
      #expect(function.send("POST", "/api/v1/auth/login", body: "{}").status == 422)
    }
    #expect(bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").status == 429)
    #expect(other.send("POST", "/api/v1/auth/login", body: "{}").status == 429)
    // The class holds for all its routes together.
    #expect(other.send("POST", "/api/v1/auth/verify-email", body: "{}").status == 429)
  }

  /// Exactly the burst passes, however many come at once.
  @Test func manyAtOnceDoNotSlipThrough() throws {
    let stack = try TestStack()
    let statuses = try Together.run(
      threads: 8, rounds: 8, prepare: { _ in try Bazaar.auth(on: stack) }
    ) { auth, _ in
      auth.send("POST", "/api/v1/auth/login", body: "{}").status
    }.flatMap { $0 }
    let passed = statuses.filter { $0 == 422 }.count
    // Twenty at once; one more for every three seconds a slow machine takes.
    #expect((20...24).contains(passed))
    #expect(statuses.filter { $0 == 429 }.count == 64 - passed)
  }

  /// Without Redis the process keeps the same rate, by its own clock.
  @Test func theFallbackHasTheSameRate() throws {
    let bazaar = try Bazaar(rateScale: 1, environment: nowhere)
    let ana = try bazaar.visitor()
    for left in stride(from: 39, through: 0, by: -1) {
      let answer = bazaar.profile(ana.token)
      #expect(answer.status == 200)
      #expect(answer.header("RateLimit")?.hasPrefix("\"signed_in\";r=\(left);t=") == true)
    }
    for _ in 1...3 { #expect(bazaar.profile(ana.token).isProblem(429, "rate_limited")) }
    bazaar.stack.clock.advance(by: .milliseconds(50))
    #expect(bazaar.profile(ana.token).status == 200)
    #expect(bazaar.profile(ana.token).header("Retry-After") == "1")
    bazaar.stack.clock.advance(by: .seconds(2))
    #expect(bazaar.profile(ana.token).header("RateLimit") == "\"signed_in\";r=39;t=1")
  }

  /// Redis goes in the middle: requests go on, and are still limited.
  @Test func losingRedisIsNoWayAroundTheLimit() throws {
    let bazaar = try Bazaar(rateScale: 1)
    #expect(bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").status == 422)
    try bazaar.stack.redis.goAway()
    for _ in 1...20 {
      #expect(bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").status == 422)
    }
    #expect(
      bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").isProblem(429, "rate_limited"))
  }

  @Test func opsIsNotLimited() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    for _ in 1...150 {
      let answer = ops.send("GET", "/health/live")
      #expect(answer.status == 200)
      #expect(answer.header("RateLimit") == nil)
    }
  }

  @Test func pathsThatAreNoneAreLimited() throws {
    let bazaar = try Bazaar(rateScale: 1, environment: nowhere)
    for _ in 1...100 { #expect(bazaar.users.send("GET", "/nothing").status == 404) }
    #expect(bazaar.users.send("GET", "/nothing").isProblem(429, "rate_limited"))
  }
}
