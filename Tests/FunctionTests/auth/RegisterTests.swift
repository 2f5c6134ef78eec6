import JSON
import KitTesting
import Postgres
import Testing

@Suite struct RegisterTests {
  @Test func createsTheAccountAndSignsItIn() throws {
    let bazaar = try Bazaar()
    let answer = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      body: """
        {"email":"Ana@Example.com","password":"\(Bazaar.password)","full_name":"Ana Lim",
         "phone":"+84 90 123 4567","username":"ana.lim","nonsense":1}
        """)
    #expect(answer.status == 201)
    let id = try #require(answer.data?["user"]?["id"]?.string)
    #expect(answer.header("Location") == "/api/v1/users/\(id)")
    #expect(answer.data?["user"]?["roles"] == ["customer"])
    #expect(answer.data?["user"]?["email_verified"] == false)
    #expect(answer.data?["user"]?["birthday"] == .null)
    #expect(answer.data?["token_type"] == "Bearer")
    #expect(answer.data?["expires_in"] == 900)
    let profile = bazaar.users.send(
      "GET", "/api/v1/users/me", token: answer.data?["access_token"]?.string)
    #expect(profile.status == 200)
    #expect(profile.data == answer.data?["user"])
  }

  @Test func aSecondAccountWithTheSameAddressIsAConflict() throws {
    let bazaar = try Bazaar()
    _ = try bazaar.register("ana@example.com")
    let answer = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"ANA@example.com","password":"\#(Bazaar.password)","full_name":"B"}"#)
    #expect(answer.status == 409)
    #expect(answer.code == "email_taken")
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let answer = try Bazaar().auth.send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"ana","password":"short","full_name":" ","phone":7}"#)
    #expect(answer.status == 422)
    #expect(
      answer.violations == [
        "email invalid_email", "password too_short", "full_name invalid_text", "phone wrong_type",
      ])
  }

  @Test(arguments: [
    ("aaaaaaaaaaaa", "password_too_weak"), ("Password2024!", "password_too_common"),
    ("P@ssw0rd!!", "password_too_common"), ("Gardener-1x", "password_too_weak"),
  ])
  func badPasswordsAreRefused(_ password: String, _ code: String) throws {
    let answer = try Bazaar().auth.send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"gardener@example.com","password":"\#(password)","full_name":"G"}"#)
    #expect(answer.violations == ["password \(code)"])
  }

  /// The events are in the outbox, and no token is readable anywhere in the database.
  @Test func eventsCommitWithTheAccount() throws {
    let bazaar = try Bazaar()
    let shopper = try bazaar.register()
    let types = try bazaar.stack.look().query(
      "SELECT e.type FROM outbox.events AS e ORDER BY e.sequence"
    ) { row in try row.next() as String }
    #expect(types == ["user.registered.v1", "mail.requested.v1"])
    let stored = try bazaar.stack.look().query(
      "SELECT encode(t.hash, 'escape') FROM identity.refresh_tokens AS t"
    ) { row in try row.next() as String }
    #expect(stored.count == 1)
    #expect(!stored.contains(shopper.refresh))
  }
}
