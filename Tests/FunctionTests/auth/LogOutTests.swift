import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct LogOutTests {
  @Test func killsTheAccessTokenAtOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let elsewhere = try Shopper(bazaar.logIn(ana.email))
    // Warm: the answer about the session comes from Redis alone.
    #expect(bazaar.profile(ana.access).status == 200)
    let answer = bazaar.auth.send("POST", "/api/v1/auth/logout", token: ana.access)
    #expect(answer.status == 204)
    #expect(answer.response.body.isEmpty)
    let refused = bazaar.profile(ana.access)
    #expect(refused.isProblem(401, "token_revoked"))
    #expect(refused.header("WWW-Authenticate")?.contains("invalid_token") == true)
    // What changes something waits for Redis' answer, and that is enough.
    let write = bazaar.users.send(
      "PUT", "/api/v1/users/me", token: ana.access, json: ["full_name": "Late"])
    #expect(write.isProblem(401, "token_revoked"))
    #expect(write.databaseRoundTrips == 0)
    #expect(bazaar.refresh(ana.refresh).isProblem(401, "invalid_refresh_token"))
    #expect(bazaar.profile(elsewhere.access).status == 200)
  }

  @Test func everywhereEndsEverySession() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let bob = try bazaar.register("bob@example.com")
    let elsewhere = try Shopper(bazaar.logIn(ana.email))
    #expect(
      bazaar.auth.send("POST", "/api/v1/auth/logout-all", token: ana.access).status == 204)
    for session in [ana, elsewhere] {
      #expect(bazaar.profile(session.access).isProblem(401, "token_revoked"))
      #expect(bazaar.refresh(session.refresh).isProblem(401, "invalid_refresh_token"))
    }
    #expect(bazaar.profile(bob.access).status == 200)
    // Signing in again works in the same moment.
    let again = try Shopper(bazaar.logIn(ana.email))
    #expect(bazaar.profile(again.access).status == 200)
  }

  /// A token whose session nobody knows, though well signed and young, is refused by another
  /// process too.
  @Test func holdsInEveryProcess() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let other = try Bazaar.users(on: bazaar.stack)
    #expect(other.send("GET", "/api/v1/users/me", token: ana.access).status == 200)
    _ = bazaar.auth.send("POST", "/api/v1/auth/logout", token: ana.access)
    #expect(
      other.send("GET", "/api/v1/users/me", token: ana.access).isProblem(401, "token_revoked"))
  }
}

@Suite struct SessionsTests {
  @Test func listsTheLiveOnesAndSaysWhichIsThis() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    bazaar.stack.clock.advance(by: .seconds(1))
    _ = try Shopper(bazaar.logIn(ana.email, from: "198.51.100.9"))
    _ = try bazaar.register("bob@example.com")
    let answer = bazaar.auth.send("GET", "/api/v1/auth/sessions", token: ana.access)
    #expect(answer.status == 200)
    #expect(answer.json["meta"] == ["count": 2])
    let sessions = try #require(answer.data?.array)
    #expect(sessions.map { $0["ip"] } == ["198.51.100.9", "192.0.2.1"])
    #expect(sessions.map { $0["current"] } == [false, true])
  }

  @Test func endsAnotherSessionAtOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let elsewhere = try Shopper(bazaar.logIn(ana.email))
    let id = try session(of: elsewhere, bazaar)
    #expect(bazaar.profile(elsewhere.access).status == 200)
    #expect(end(id, ana, bazaar).status == 204)
    #expect(bazaar.profile(elsewhere.access).isProblem(401, "token_revoked"))
    #expect(bazaar.refresh(elsewhere.refresh).isProblem(401, "invalid_refresh_token"))
    #expect(bazaar.profile(ana.access).status == 200)
    #expect(end(id, ana, bazaar).isProblem(404, "not_found"))
  }

  @Test func otherPeoplesSessionsAreNotThere() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let bob = try bazaar.register("bob@example.com")
    let id = try session(of: ana, bazaar)
    #expect(end(id, bob, bazaar).isProblem(404, "not_found"))
    #expect(bazaar.profile(ana.access).status == 200)
    for wrong in [bob.id, "ses_", "1", "ses_00000000000000000000000000"] {
      #expect(end(wrong, bob, bazaar).isProblem(404, "not_found"), "\(wrong)")
    }
  }

  private func end(_ id: String, _ shopper: Shopper, _ bazaar: Bazaar) -> TestAnswer {
    bazaar.auth.send("DELETE", "/api/v1/auth/sessions/\(id)", token: shopper.access)
  }

  private func session(of shopper: Shopper, _ bazaar: Bazaar) throws -> String {
    let answer = bazaar.auth.send("GET", "/api/v1/auth/sessions", token: shopper.access)
    let current = answer.data?.array?.first { $0["current"]?.bool == true }
    return try #require(current?["id"]?.string)
  }
}
