import Core
import JSON
import KitTesting
import Middleware
import Postgres
import Redis
import Testing

/// Who was signed out stays out, whatever happens to Redis.
@Suite struct RevocationTests {
  /// What takes a token's power, and what is left of it.
  enum Cause: CaseIterable {
    case logout, everywhere, disabled, deleted, passwordReset, role

    var isRole: Bool { self == .role }
  }

  @Test(arguments: Cause.allCases)
  func holdsWhenRedisForgets(_ cause: Cause) throws {
    let bazaar = try Bazaar()
    let ana = try revoked(cause, bazaar)
    try bazaar.stack.redis.flush()
    expectRevoked(cause, ana, bazaar.users)
    // Filled again from Postgres, Redis alone tells: the one question is the read itself.
    #expect(use(cause, ana, bazaar.users).databaseRoundTrips <= 1)
    expectRevoked(cause, ana, bazaar.users)
  }

  @Test(arguments: Cause.allCases)
  func holdsWhileRedisIsAway(_ cause: Cause) throws {
    let bazaar = try Bazaar()
    let ana = try revoked(cause, bazaar)
    try bazaar.stack.redis.goAway()
    expectRevoked(cause, ana, bazaar.users)
    expectRevoked(cause, ana, try Bazaar.users(on: bazaar.stack))
  }

  /// Marked nowhere, for Redis was away; known all the same when it is back.
  @Test(arguments: Cause.allCases)
  func holdsWhenRedisWasAwayMeanwhile(_ cause: Cause) throws {
    let bazaar = try Bazaar()
    let other = try Bazaar.users(on: bazaar.stack)
    let ana = try prepared(cause, bazaar)
    #expect(use(cause, ana.session, other).status == 200)
    try bazaar.stack.redis.goAway()
    try revoke(cause, ana, bazaar)
    try bazaar.stack.redis.comeBack()
    for function in [bazaar.users, other] {
      #expect(
        becomesTrue {
          expectRevoked(cause, ana.session, function)
          return use(cause, ana.session, function).redisRoundTrips == 1
        })
      expectRevoked(cause, ana.session, function)
    }
  }

  /// Redis answers, but takes no marks: full, or a replica now.
  @Test(arguments: Cause.allCases)
  func holdsWhenRedisRefusesToWrite(_ cause: Cause) throws {
    let bazaar = try Bazaar()
    let other = try Bazaar.users(on: bazaar.stack)
    let ana = try prepared(cause, bazaar)
    for function in [bazaar.users, other] {
      #expect(use(cause, ana.session, function).status == 200)
    }
    try bazaar.stack.redis.refuseWrites()
    try revoke(cause, ana, bazaar)
    expectRevoked(cause, ana.session, bazaar.users)
    expectRevoked(cause, ana.session, other)
  }

  @Test func goodTokensStayGoodWithoutRedis() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    try bazaar.stack.redis.goAway()
    let answer = bazaar.profile(ana.access)
    #expect(answer.status == 200)
    #expect(answer.databaseRoundTrips == 2)
    try bazaar.stack.redis.comeBack()
    #expect(becomesTrue { bazaar.profile(ana.access).redisRoundTrips == 1 })
    #expect(bazaar.profile(ana.access).databaseRoundTrips == 1)
  }

  // MARK: Steps

  private struct Actors {
    let session: Shopper
    let admin: Visitor
  }

  private func revoked(_ cause: Cause, _ bazaar: Bazaar) throws -> Shopper {
    let actors = try prepared(cause, bazaar)
    try revoke(cause, actors, bazaar)
    return actors.session
  }

  /// Ana, signed in; for the role, as an administrator.
  private func prepared(_ cause: Cause, _ bazaar: Bazaar) throws -> Actors {
    let admin = try bazaar.visitor([.admin])
    let ana = try cause.isRole ? bazaar.registerAdmin("ana@example.com") : bazaar.register()
    return Actors(session: ana, admin: admin)
  }

  private func revoke(_ cause: Cause, _ actors: Actors, _ bazaar: Bazaar) throws {
    let ana = actors.session
    let path = "/api/v1/admin/users/\(ana.id)"
    let answer =
      switch cause {
      case .logout: bazaar.auth.send("POST", "/api/v1/auth/logout", token: ana.access)
      case .everywhere: bazaar.auth.send("POST", "/api/v1/auth/logout-all", token: ana.access)
      case .deleted:
        bazaar.users.send(
          "DELETE", "/api/v1/users", token: ana.access,
          json: ["password": .string(Bazaar.password)])
      case .disabled:
        bazaar.users.send(
          "PUT", "\(path)/status", token: actors.admin.token, json: ["status": "disabled"])
      case .role:
        bazaar.users.send(
          "PUT", "\(path)/role", token: actors.admin.token, json: ["role": "customer"])
      case .passwordReset: try reset(ana, bazaar)
      }
    try #require((200...204).contains(answer.status), "\(answer)")
  }

  private func reset(_ ana: Shopper, _ bazaar: Bazaar) throws -> TestAnswer {
    _ = bazaar.auth.send(
      "POST", "/api/v1/auth/forgot-password", json: ["email": .string(ana.email)])
    return bazaar.auth.send(
      "POST", "/api/v1/auth/reset-password",
      json: [
        "token": .string(try bazaar.mailedToken("reset_password", to: ana.email)),
        "new_password": "Quartz-8-umbrella",
      ])
  }

  /// A request that needs what is taken away.
  private func use(_ cause: Cause, _ ana: Shopper, _ users: TestFunction) -> TestAnswer {
    let path = cause.isRole ? "/api/v1/admin/users" : "/api/v1/users/me"
    return users.send("GET", path, token: ana.access)
  }

  private func expectRevoked(
    _ cause: Cause, _ ana: Shopper, _ users: TestFunction,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let answer = use(cause, ana, users)
    #expect(
      cause.isRole
        ? answer.isProblem(403, "role_required") : answer.isProblem(401, "token_revoked"),
      "\(answer)", sourceLocation: sourceLocation)
  }
}
