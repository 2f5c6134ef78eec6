import Core
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct RefreshTests {
  @Test func everyUseGivesANewPair() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    bazaar.stack.clock.advance(by: .minutes(5))
    let second = try Shopper(bazaar.refresh(ana.refresh))
    #expect(second.id == ana.id)
    #expect(second.refresh != ana.refresh)
    #expect(second.access != ana.access)
    #expect(bazaar.profile(second.access).status == 200)
    #expect(bazaar.profile(ana.access).status == 200)
    let third = try Shopper(bazaar.refresh(second.refresh))
    #expect(third.refresh != second.refresh)
  }

  /// For clients whose answer got lost.
  @Test func aSpentTokenGivesTheSameSuccessorForTenSeconds() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let second = try Shopper(bazaar.refresh(ana.refresh))
    bazaar.stack.clock.advance(by: .seconds(10))
    let again = try Shopper(bazaar.refresh(ana.refresh))
    #expect(again.refresh == second.refresh)
    #expect(bazaar.profile(again.access).status == 200)
    #expect(try bazaar.count("SELECT count(*) FROM identity.refresh_tokens") == 2)
  }

  @Test func aSpentTokenLaterEndsTheFamily() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let elsewhere = try Shopper(bazaar.logIn(ana.email))
    let second = try Shopper(bazaar.refresh(ana.refresh))
    bazaar.stack.clock.advance(by: .milliseconds(10_001))
    #expect(bazaar.refresh(ana.refresh).isProblem(401, "invalid_refresh_token"))
    // Thief and owner are both out: nobody can tell which is which.
    #expect(bazaar.refresh(second.refresh).isProblem(401, "invalid_refresh_token"))
    #expect(bazaar.profile(second.access).isProblem(401, "token_revoked"))
    #expect(bazaar.profile(ana.access).isProblem(401, "token_revoked"))
    #expect(
      try bazaar.text(
        "SELECT end_reason FROM identity.sessions WHERE ended_at IS NOT NULL") == "token_reused")
    #expect(bazaar.profile(elsewhere.access).status == 200)
    #expect(bazaar.refresh(elsewhere.refresh).status == 200)
  }

  @Test func anUnusedTokenDiesAfterThirtyDays() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    bazaar.stack.clock.advance(by: .days(30) - .seconds(1))
    let second = try Shopper(bazaar.refresh(ana.refresh))
    bazaar.stack.clock.advance(by: .days(30))
    #expect(bazaar.refresh(second.refresh).isProblem(401, "invalid_refresh_token"))
  }

  @Test(arguments: ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --", "💥"])
  func anUnknownTokenIsRefused(_ token: String) throws {
    let bazaar = try Bazaar()
    _ = try bazaar.register()
    let before = try bazaar.stack.database.contents()
    #expect(bazaar.refresh(token).isProblem(401, "invalid_refresh_token"))
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func anAccessTokenIsNoRefreshToken() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    #expect(bazaar.refresh(ana.access).isProblem(401, "invalid_refresh_token"))
  }

  @Test func aDisabledUserGetsNothing() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    try bazaar.stack.look().execute(
      "UPDATE identity.users SET status = 'disabled' WHERE email = \(ana.email)")
    #expect(bazaar.refresh(ana.refresh).isProblem(401, "invalid_refresh_token"))
  }

  /// The new token says what is true now.
  @Test func carriesTheRolesOfTheMoment() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    try bazaar.stack.look().execute(
      "UPDATE identity.users SET roles = '{customer,admin}' WHERE email = \(ana.email)")
    let admin = try Shopper(bazaar.refresh(ana.refresh))
    #expect(bazaar.users.send("GET", "/api/v1/admin/users", token: admin.access).status == 200)
  }

  /// A client's tabs that refresh at the same moment all go on, with one and the same token.
  @Test func manyAtOnceGetOneSuccessor() throws {
    let bazaar = try Bazaar()
    var ana = try bazaar.register()
    let stack = bazaar.stack
    for _ in 1...5 {
      let spent = ana.refresh
      let answers = try Together.run(
        threads: 6, prepare: { _ in try Bazaar.auth(on: stack) }
      ) { auth, _ in
        try Shopper(
          auth.send("POST", "/api/v1/auth/refresh", json: ["refresh_token": .string(spent)])
        ).refresh
      }[0]
      #expect(Set(answers).count == 1)
      ana = try Shopper(bazaar.refresh(try #require(answers.first)))
    }
  }
}
