import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

/// What a caller sees while something is away, and that it passes without a restart.
@Suite struct OutageTests {
  private static let deadDatabase = [
    "DATABASE_URL": "postgresql:///souk?host=/nowhere&user=postgres"
  ]

  @Test func withoutPostgresTheAnswerIs503() throws {
    let bazaar = try Bazaar(environment: Self.deadDatabase)
    let token = try bazaar.stack.token()
    let requests: [(TestFunction, String, String, String?)] = [
      (bazaar.auth, "POST", "/api/v1/auth/login", #"{"login":"ana","password":"x"}"#),
      (
        bazaar.auth, "POST", "/api/v1/auth/register",
        #"{"email":"a@example.com","password":"Lantern-7-courtyard","full_name":"A"}"#
      ),
      (bazaar.auth, "POST", "/api/v1/auth/refresh", #"{"refresh_token":"x"}"#),
      (bazaar.auth, "POST", "/api/v1/auth/logout", nil),
      (bazaar.users, "GET", "/api/v1/users/me", nil),
      (bazaar.users, "PUT", "/api/v1/users/me", "{}"),
      (bazaar.users, "POST", "/api/v1/users/addresses", Bazaar.home.description),
    ]
    for (function, method, path, body) in requests {
      let start = Clock.monotonicNanoseconds()
      let answer = function.send(method, path, token: token, body: body)
      #expect(answer.isProblem(503, "unavailable"), "\(method) \(path): \(answer)")
      #expect(answer.header("Retry-After") == "1")
      #expect(Clock.monotonicNanoseconds() - start < 2_000_000_000)
      #expect(!answer.text.contains("nowhere"))
    }
    #expect(bazaar.auth.send("GET", "/.well-known/jwks.json").status == 200)
  }

  /// Also in the middle: the connection dies under the function, and it finds a new one.
  @Test func afterPostgresCameBackRequestsSucceed() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    #expect(bazaar.profile(ana.access).status == 200)
    try bazaar.stack.database.refuseConnections()
    for _ in 1...3 {
      let start = Clock.monotonicNanoseconds()
      #expect(bazaar.profile(ana.access).isProblem(503, "unavailable"))
      #expect(
        bazaar.users.send(
          "PUT", "/api/v1/users/me", token: ana.access, json: ["full_name": "Lost"]
        ).status == 503)
      #expect(Clock.monotonicNanoseconds() - start < 2_000_000_000)
    }
    try bazaar.stack.database.acceptConnections()
    #expect(becomesTrue { bazaar.profile(ana.access).status == 200 })
    #expect(bazaar.profile(ana.access).data?["full_name"] == "Ana Lim")
    #expect(
      bazaar.refresh(ana.refresh).status == 200
        || becomesTrue { bazaar.refresh(ana.refresh).status == 200 })
  }

  /// Nothing but the limits and the marks is asked of Redis: everything goes on without it.
  @Test func withoutRedisEverythingGoesOn() throws {
    let bazaar = try Bazaar(environment: ["REDIS_URL": "unix:///nowhere/redis.sock"])
    let ana = try bazaar.register()
    #expect(bazaar.profile(ana.access).status == 200)
    let second = try Shopper(bazaar.refresh(ana.refresh))
    _ = try bazaar.addAddress(second)
    let admin = try bazaar.registerAdmin()
    let disabled = bazaar.users.send(
      "PUT", "/api/v1/admin/users/\(ana.id)/status", token: admin.access,
      json: ["status": "disabled"])
    #expect(disabled.status == 200)
    #expect(bazaar.profile(second.access).isProblem(401, "token_revoked"))
    #expect(
      bazaar.auth.send("POST", "/api/v1/auth/logout", token: admin.access).status == 204)
    #expect(bazaar.profile(admin.access).isProblem(401, "token_revoked"))
    #expect(bazaar.refresh(second.refresh).isProblem(401, "invalid_refresh_token"))
  }

  /// A statement that waits for a lock too long is given up, and the client is told to come back.
  @Test func aLockHeldTooLongIsNoHang() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    try bazaar.stack.look().transaction { holder in
      try holder.execute("SELECT u.id FROM identity.users AS u FOR UPDATE")
      let start = Clock.monotonicNanoseconds()
      let answer = bazaar.users.send(
        "PUT", "/api/v1/users/me", token: ana.access, json: ["full_name": "Waiting"])
      #expect(answer.isProblem(503, "unavailable"))
      #expect(answer.header("Retry-After") == "1")
      #expect(Clock.monotonicNanoseconds() - start < 4_000_000_000)
    }
    #expect(bazaar.profile(ana.access).data?["full_name"] == "Ana Lim")
  }
}
