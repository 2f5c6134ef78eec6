import Core
import Glibc
import JSON
import Processes
import Testing

/// What a caller sees when a part of the system is gone, and that it comes back by itself.
@Suite(.marketplace, .serialized) struct FailureTests {
  @Test func withoutPostgresTheAnswerIsA503AndThenAllIsWell() throws {
    let market = try market()
    let token = try market.logIn("customer")
    let server = try pid(of: "postgres")
    kill(server, SIGSTOP)
    let clock = ContinuousClock()
    let start = clock.now
    let stuck = try market.send("GET", "/api/v1/users/me", token: token)
    let waited = clock.now - start
    kill(server, SIGCONT)
    #expect(stuck.status == 503 || stuck.status == 200, "\(stuck.text)")
    #expect(waited < .seconds(15), "never a hang")
    kill(server, SIGQUIT)
    let gone = try market.eventually {
      let answer = try market.send("GET", "/api/v1/users/me", token: token)
      return answer.status == 503 && answer.isProblem && answer.header("Retry-After") != nil
    }
    #expect(gone)
    #expect(try market.send("GET", "/health/live").status == 200)
    #expect(try comesBack(token))
  }

  @Test func withoutRedisAllGoesOn() throws {
    let market = try market()
    let token = try market.logIn("customer")
    let other = try market.logIn("customer")
    kill(try pid(of: "redis"), SIGKILL)
    #expect(try market.send("GET", "/api/v1/users/me", token: token).status == 200)
    #expect(try market.send("POST", "/api/v1/auth/logout", token: token).status == 204)
    let after = try market.send("GET", "/api/v1/users/me", token: token)
    #expect(after.status == 401, "a session that ended stays ended")
    #expect(try market.send("GET", "/api/v1/users/me", token: other).status == 200)
    let isBack = try market.eventually {
      try market.send("GET", "/health").json["data"]["checks"]["redis"] == "ok"
    }
    #expect(isBack)
    #expect(try market.send("GET", "/api/v1/users/me", token: token).status == 401)
  }

  @Test func aKilledFunctionComesBack() throws {
    let market = try market()
    let token = try market.logIn("customer")
    kill(try pid(of: "users"), SIGKILL)
    let first = try market.send("GET", "/api/v1/users/me", token: token)
    #expect(first.status == 200 || (first.status == 502 && first.isProblem), "\(first.text)")
    #expect(try comesBack(token))
  }

  @Test func aRestartUnderLoadLosesNoRequest() throws {
    let market = try market()
    let token = try market.logIn("customer")
    let load = try Load(market, token: token)
    for _ in 0..<3 { try market.souk("restart", "users") }
    let statuses = try load.finish()
    #expect(statuses.count > 50)
    #expect(Set(statuses) == ["200"])
  }

  private func comesBack(_ token: String) throws -> Bool {
    let market = try market()
    return try market.eventually(within: .seconds(30)) {
      try market.send("GET", "/api/v1/users/me", token: token).status == 200
    }
  }
}

/// curl in the background, asking again and again until told to stop.
final class Load {
  private let process: ChildProcess
  private let output: String
  private let stop: String

  init(_ market: Marketplace, token: String) throws {
    output = "\(market.home)/load.txt"
    stop = "\(market.home)/load.stop"
    let script = """
      while [ ! -e '\(stop)' ]; do
        curl -s -o /dev/null -w '%{http_code}\\n' -H 'Authorization: Bearer \(token)' \
          '\(market.url)/api/v1/users/me' >> '\(output)'
      done
      """
    process = try ChildProcess(Command(["bash", "-c", script]))
  }

  /// The statuses of all answers.
  func finish() throws -> [Substring] {
    try Files.write([], to: stop)
    try #require(process.wait(for: .seconds(30))?.isSuccess == true)
    return try Files.readText(output).split(separator: "\n")
  }
}
