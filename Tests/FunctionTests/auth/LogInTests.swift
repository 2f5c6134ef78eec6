import Crypto
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct LogInTests {
  @Test func takesTheAddressInAnyCaseAndTheUsername() throws {
    let bazaar = try Bazaar()
    let registered = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      json: [
        "email": "ana@example.com", "password": .string(Bazaar.password), "full_name": "Ana",
        "username": "Ana.Lim",
      ])
    let user = try #require(registered.data?["user"])
    for (field, name) in [
      ("email", "ANA@example.com"), ("login", "ana@example.com"), ("login", "ANA.lim"),
    ] {
      let answer = bazaar.auth.send(
        "POST", "/api/v1/auth/login",
        json: .object([
          field: .string(name), "password": .string(Bazaar.password), "cart_token": "none",
        ]))
      #expect(answer.status == 200, "\(field) \(name)")
      #expect(answer.data?["user"] == user)
      #expect(bazaar.profile(try Shopper(answer).access).status == 200)
    }
  }

  @Test func keepsTheDeviceInTheSession() throws {
    let bazaar = try Bazaar()
    _ = try bazaar.register()
    let agent = String(repeating: "Ü", count: 400)
    let answer = bazaar.auth.send(
      "POST", "/api/v1/auth/login",
      json: ["email": "ana@example.com", "password": .string(Bazaar.password)],
      headers: [(.userAgent, agent)], from: "2001:db8::7")
    let sessions = bazaar.auth.send(
      "GET", "/api/v1/auth/sessions", token: try Shopper(answer).access)
    let current = sessions.data?.array?.first { $0["current"]?.bool == true }
    #expect(current?["ip"] == "2001:db8::7")
    #expect(current?["device"]?.string == String(agent.prefix(300)))
  }

  /// The answer does not tell whether the account exists.
  @Test func unknownAccountAndWrongPasswordLookTheSame() throws {
    let bazaar = try Bazaar()
    _ = try bazaar.register("ana@example.com")
    let wrong = bazaar.logIn("ana@example.com", "Wrong-1-password")
    let unknown = bazaar.logIn("bob@example.com", "Wrong-1-password")
    #expect(wrong.isProblem(401, "invalid_credentials"))
    #expect(wrong.withoutRequestID == unknown.withoutRequestID)
    #expect(wrong.response.headers.map(\.name) == unknown.response.headers.map(\.name))
    #expect(wrong.header("WWW-Authenticate") == unknown.header("WWW-Authenticate"))
    #expect(wrong.databaseRoundTrips == unknown.databaseRoundTrips)
    #expect(wrong.redisRoundTrips == unknown.redisRoundTrips)
  }

  @Test func aDisabledAccountIsToldToWhoKnowsItsPassword() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    try bazaar.stack.look().execute(
      "UPDATE identity.users SET status = 'disabled' WHERE email = \(ana.email)")
    #expect(bazaar.logIn(ana.email).isProblem(403, "account_disabled"))
    #expect(bazaar.logIn(ana.email, "Wrong-1-password").isProblem(401, "invalid_credentials"))
  }

  @Test func neitherAddressNorLoginIsAFault() throws {
    let answer = try Bazaar().auth.send("POST", "/api/v1/auth/login", body: "{}")
    #expect(answer.status == 422)
    #expect(answer.violations == ["email required", "password required"])
  }

  /// A hash made with other parameters is replaced by the next right password, and only then.
  @Test func replacesAnOutdatedHash() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let cheap = PasswordHasher(parameters: PasswordParameters(memoryKiB: 1024, iterations: 1))
    try bazaar.stack.look().execute(
      """
      UPDATE identity.users SET password_hash = \(try cheap.hash(Bazaar.password))
      WHERE email = \(ana.email)
      """)
    func hash() throws -> String? {
      try bazaar.text("SELECT password_hash FROM identity.users WHERE email = \(ana.email)")
    }
    let outdated = try hash()
    #expect(bazaar.logIn(ana.email, "Wrong-1-password").status == 401)
    #expect(try hash() == outdated)
    #expect(bazaar.logIn(ana.email).status == 200)
    let renewed = try #require(try hash())
    #expect(renewed.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    #expect(bazaar.logIn(ana.email).status == 200)
    #expect(try hash() == renewed)
  }
}

@Suite struct LogInThrottleTests {
  /// Five a minute for one account, whoever asks from wherever, and the right password no more.
  @Test func anAccountHasFiveAttempts() throws {
    let bazaar = try Bazaar(rateScale: 1)
    for attempt in 1...5 {
      let address = "198.51.100.\(attempt)"
      let email = attempt.isMultiple(of: 2) ? "ana@example.com" : "ANA@example.com"
      #expect(bazaar.logIn(email, "Wrong-1-password", from: address).status == 401)
    }
    let refused = bazaar.logIn("ana@example.com", from: "198.51.100.6")
    #expect(refused.isProblem(429, "too_many_attempts"))
    let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
    #expect((1...12).contains(wait))
    #expect(bazaar.logIn("bob@example.com", "Wrong-1-password").status == 401)
  }

  /// E-mail and username are not two ways to try.
  @Test func bothNamesOfAnAccountCountTogether() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let registered = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      body: """
        {"email":"ana@example.com","username":"ana.lim","password":"\(Bazaar.password)",
         "full_name":"Ana"}
        """)
    #expect(registered.status == 201)
    func attempt(_ number: Int, _ login: String) -> TestAnswer {
      bazaar.auth.send(
        "POST", "/api/v1/auth/login",
        body: #"{"login":"\#(login)","password":"Wrong-1-password"}"#,
        from: "198.51.100.\(number)")
    }
    for number in 1...5 {
      #expect(attempt(number, number < 4 ? "ana@example.com" : "ANA.Lim").status == 401)
    }
    for (number, login) in [(6, "ana.lim"), (7, "ana@example.com")] {
      #expect(attempt(number, login).isProblem(429, "too_many_attempts"))
    }
  }

  @Test func anAddressHasTwentyAttempts() throws {
    let bazaar = try Bazaar(rateScale: 1)
    // No hash is made for a body that is not valid, and it counts all the same.
    for _ in 1...20 {
      #expect(bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").status == 422)
    }
    let refused = bazaar.logIn("ana@example.com")
    #expect(refused.isProblem(429, "rate_limited"))
    #expect(refused.header("RateLimit-Policy") == "\"password\";q=20;w=60")
    #expect(
      bazaar.logIn("ana@example.com", "Wrong-1-password", from: "198.51.100.1").status == 401)
  }

  /// Without Redis the process keeps both limits itself.
  @Test func neverFailsOpen() throws {
    let bazaar = try Bazaar(rateScale: 1, environment: ["REDIS_URL": "unix:///nowhere/redis.sock"])
    for attempt in 1...5 {
      #expect(
        bazaar.logIn("ana@example.com", "Wrong-1-password", from: "198.51.100.\(attempt)").status
          == 401)
    }
    #expect(
      bazaar.logIn("ana@example.com", from: "198.51.100.6").isProblem(429, "too_many_attempts"))
    for _ in 1...20 {
      #expect(bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").status == 422)
    }
    #expect(
      bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}").isProblem(429, "rate_limited"))
  }

  @Test(arguments: ["forgot-password"])
  func mailsToOneAddressAreLimited(_ route: String) throws {
    let bazaar = try Bazaar(rateScale: 1)
    for attempt in 1...5 {
      #expect(ask(bazaar, from: "198.51.100.\(attempt)").status == 202)
    }
    #expect(ask(bazaar, from: "198.51.100.6").isProblem(429, "too_many_attempts"))
  }

  private func ask(_ bazaar: Bazaar, from address: String) -> TestAnswer {
    bazaar.auth.send(
      "POST", "/api/v1/auth/forgot-password", json: ["email": "ana@example.com"], from: address)
  }
}
