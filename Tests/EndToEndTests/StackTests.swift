import Core
import Glibc
import JSON
import Processes
import Testing

/// `souk` itself: what an operator does, and what happens to a stack.
@Suite(.marketplace, .serialized) struct StackTests {
  @Test func aSecondUpSaysThatThereIsNothingToDo() throws {
    let market = try market()
    let before = try supervisor()
    #expect(try market.souk("up").contains("already running at \(market.url)"))
    #expect(try supervisor() == before)
    let other = try market.attempt(["up", "--port", "19999"])
    #expect(!other.status.isSuccess)
    #expect(other.text.contains("souk down"))
  }

  @Test func aPortInUseIsToldOfBeforeAnythingStarts() throws {
    let market = try market()
    let port = try #require(market.url.split(separator: ":").last)
    let home = try Files.makeTemporaryDirectory("souk-e2e")
    defer { #expect(throws: Never.self) { try Files.remove(home) } }
    var environment = Environment.current().all
    environment["SOUK_HOME"] = home
    let finished = try ChildProcess.run(
      [Built.program("souk"), "up", "--port", String(port)], environment: environment,
      workingDirectory: Built.repository)
    #expect(!finished.status.isSuccess)
    #expect(finished.text.contains("port \(port) is not to be had"))
    #expect(!Files.exists("\(home)/postgres"))
  }

  @Test func aKilledSupervisorTakesItsChildrenWithItAndTheDataStays() throws {
    let market = try market()
    let email = "before-the-kill@example.com"
    #expect(try market.register(email).status == 201)
    let children = try self.children()
    #expect(children.count >= 6)
    kill(try supervisor(), SIGKILL)
    let areGone = try market.eventually { children.allSatisfy { !$0.isAlive } }
    #expect(areGone)
    #expect(try !market.attempt(["status"]).status.isSuccess)
    try market.souk("up", "--port", String(try #require(market.url.split(separator: ":").last)))
    #expect(try market.register(email).status == 409, "the account is still there")
  }

  @Test func whatRunsIsShown() throws {
    let market = try market()
    let status = try market.souk("status").split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    for name in ["postgres", "redis", "auth", "users", "ops", "scheduler", "nginx"] {
      #expect(status.contains { $0.first == name && $0.dropFirst().first == "running" }, "\(name)")
    }
    #expect(try market.souk("logs", "auth", "-n", "1").contains("\"fn\":\"auth\""))
    #expect(try market.souk("doctor").contains("all is well"))
  }

  @Test(arguments: [("admin", "admin"), ("seller", "seller"), ("shipper", "shipper")])
  func theDemoAccountsHaveTheirRoles(_ account: String, _ role: String) throws {
    let answer = try market().souk("api", "GET", "/users/me", "--as", account)
    #expect(answer.contains("\"\(role)\""))
    #expect(answer.contains("\"email_verified\": true"))
  }

  @Test func aRefusedCallIsAFailure() throws {
    let finished = try market().attempt(["api", "GET", "/admin/users"])
    #expect(finished.status == .exited(1))
    #expect(finished.text.contains("\"status\": 403"))
  }

  @Test func aNewKeyIsServedAndTheOldTokensStayGood() throws {
    let market = try market()
    let token = try market.logIn("customer")
    let made = try market.souk("keys", "rotate")
    let kid = try #require(made.split(separator: " ").first { $0.contains("Z-") })
      .replacing(";", with: "")
    let isServed = try market.eventually(within: .seconds(45)) {
      try market.send("GET", "/.well-known/jwks.json", headers: [("Authorization", "x")])
        .text.contains(kid)
    }
    #expect(isServed)
    #expect(try market.send("GET", "/api/v1/users/me", token: token).status == 200)
  }

  @Test func aRequestedMailBecomesAFile() throws {
    let market = try market()
    #expect(try market.register("reader@example.com").status == 201)
    let isThere = try market.eventually {
      try Files.list("\(market.home)/mail").contains {
        $0.hasSuffix("-verify_email-reader@example.com.eml")
      }
    }
    #expect(isThere)
  }

  private func supervisor() throws -> Int32 {
    let text = try Files.readText("\(market().home)/run/supervisor.pid")
    return try #require(Int32(text.dropLast()))
  }

  private func children() throws -> [ProcessIdentity] {
    let file = try JSONValue.parse(try Files.read("\(market().home)/run/children.json"))
    return (file["children"]?.array ?? []).compactMap { child in
      child["processes"][0]["pid"].integer.flatMap { ProcessIdentity(pid: Int32($0)) }
    }
  }
}
