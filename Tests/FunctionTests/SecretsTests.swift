import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

/// What a log must not say, and what an answer must not.
@Suite struct SecretsTests {
  @Test func noSecretIsLogged() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let second = try Shopper(bazaar.refresh(ana.refresh))
    _ = bazaar.logIn(ana.email, "Wrong-1-password")
    _ = bazaar.auth.send(
      "POST", "/api/v1/auth/forgot-password", json: ["email": .string(ana.email)])
    let verify = try bazaar.mailedToken("verify_email", to: ana.email)
    let reset = try bazaar.mailedToken("reset_password", to: ana.email)
    _ = bazaar.auth.send(
      "POST", "/api/v1/auth/verify-email?token=\(verify)", json: ["token": .string(verify)])
    _ = bazaar.users.send("GET", "/api/v1/users/me?access_token=\(second.access)")
    _ = bazaar.users.send("GET", "/api/v1/users/me", token: second.access)
    _ = bazaar.auth.send(
      "POST", "/api/v1/auth/reset-password",
      json: ["token": .string(reset), "new_password": "Quartz-8-umbrella"])
    let secrets = [
      Bazaar.password, "Wrong-1-password", "Quartz-8-umbrella", ana.access, ana.refresh,
      second.access, second.refresh, verify, reset, String(repeating: "s", count: 40), "argon2id",
      ana.email,
    ]
    expectNone(of: secrets, in: bazaar)
    #expect(bazaar.stack.log.lines.count == 8)
  }

  /// Postgres quotes the row that it refuses, with all that stands in it.
  @Test func noRowIsLogged() throws {
    let bazaar = try Bazaar()
    try bazaar.stack.look().execute(
      "ALTER TABLE identity.users ADD CONSTRAINT no_booms CHECK (full_name <> 'Boom')")
    let answer = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      json: [
        "email": "boom@example.com", "password": .string(Bazaar.password), "full_name": "Boom",
      ])
    #expect(answer.isProblem(500, "internal"))
    for word in ["no_booms", "postgres", "check", "INSERT", "swift"] {
      #expect(!answer.text.contains(word))
    }
    let line = try #require(bazaar.stack.log.lines.last)
    #expect(line.contains("\"level\":\"error\""))
    #expect(line.contains("no_booms"))
    expectNone(of: ["boom@example.com", "argon2id", Bazaar.password], in: bazaar)
  }

  @Test func everyLineIsJSON() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    for path in ["/%22%0a", "/\"}\n{\"msg\":\"forged\"}", "/\u{2028}", "/💥"] {
      _ = bazaar.users.send("GET", path, token: ana.access)
    }
    for line in bazaar.stack.log.lines {
      #expect(line.hasSuffix("\n"))
      #expect(!line.dropLast().contains("\n"))
      let entry = try JSONValue.parse(Array(line.utf8))
      #expect(entry["msg"] == "request")
      for key in [
        "ts", "level", "fn", "request.id", "trace.id", "http.method", "http.path", "http.status",
        "duration_us", "db.round_trips", "redis.round_trips",
      ] {
        #expect(entry[key] != nil, "\(key)")
      }
    }
    let last = try JSONValue.parse(Array((bazaar.stack.log.lines.last ?? "").utf8))
    #expect(last["http.status"] == 404)
  }

  private func expectNone(of secrets: [String], in bazaar: Bazaar) {
    for line in bazaar.stack.log.lines {
      for secret in secrets { #expect(!line.contains(secret), "\(secret) in \(line)") }
    }
  }
}
