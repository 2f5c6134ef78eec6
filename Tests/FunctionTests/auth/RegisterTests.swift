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
    let before = try bazaar.stack.database.contents()
    let answer = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"ANA@example.com","password":"\#(Bazaar.password)","full_name":"B"}"#)
    #expect(answer.isProblem(409, "email_taken"))
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func aUsernameIsTakenWhateverItsCase() throws {
    let bazaar = try Bazaar()
    func register(_ email: String, _ username: String) -> TestAnswer {
      bazaar.auth.send(
        "POST", "/api/v1/auth/register",
        json: [
          "email": .string(email), "password": .string(Bazaar.password), "full_name": "B",
          "username": .string(username),
        ])
    }
    #expect(register("a@example.com", "bird").status == 201)
    #expect(register("b@example.com", "BIRD").isProblem(409, "username_taken"))
  }

  /// Of many who register the same address at once, one succeeds.
  @Test func oneOfManyAtOnceGetsTheAddress() throws {
    let stack = try TestStack(rateScale: 1000)
    let rounds = try Together.run(
      threads: 4, rounds: 8, prepare: { _ in try Bazaar.auth(on: stack) }
    ) { auth, round in
      auth.send(
        "POST", "/api/v1/auth/register",
        json: [
          "email": .string("bird\(round)@example.com"), "password": .string(Bazaar.password),
          "full_name": "B",
        ]
      ).status
    }
    for statuses in rounds { #expect(statuses.sorted() == [201, 409, 409, 409]) }
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let answer = try Bazaar.shared().auth.send(
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
    let answer = try Bazaar.shared().auth.send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"gardener@example.com","password":"\#(password)","full_name":"G"}"#)
    #expect(answer.violations == ["password \(code)"])
  }

  /// The events are in the outbox, and no token is readable anywhere in the database.
  @Test func eventsCommitWithTheAccount() throws {
    let bazaar = try Bazaar()
    let shopper = try bazaar.register()
    #expect(try bazaar.eventTypes() == ["user.registered.v1", "mail.requested.v1"])
    let stored = try bazaar.stack.look().query(
      "SELECT encode(t.hash, 'escape') FROM identity.refresh_tokens AS t"
    ) { row in try row.next() as String }
    #expect(stored.count == 1)
    #expect(!stored.contains(shopper.refresh))
  }
}
