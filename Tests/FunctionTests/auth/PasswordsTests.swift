import Core
import JSON
import KitTesting
import Postgres
import Testing

private let other = "Quartz-8-umbrella"

@Suite struct ChangePasswordTests {
  @Test func endsTheOtherSessionsAndKeepsThisOne() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let elsewhere = try Shopper(bazaar.logIn(ana.email))
    let events = try bazaar.events().count
    #expect(change(bazaar, ana, from: Bazaar.password, to: other).status == 204)
    #expect(bazaar.profile(ana.access).status == 200)
    #expect(bazaar.refresh(ana.refresh).status == 200)
    #expect(bazaar.profile(elsewhere.access).isProblem(401, "token_revoked"))
    #expect(bazaar.refresh(elsewhere.refresh).isProblem(401, "invalid_refresh_token"))
    #expect(bazaar.logIn(ana.email).isProblem(401, "invalid_credentials"))
    #expect(bazaar.logIn(ana.email, other).status == 200)
    #expect(try bazaar.eventTypes(after: events) == ["mail.requested.v1"])
    #expect(try bazaar.events().last?.payload["template"] == "password_changed")
  }

  @Test func needsTheCurrentPassword() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let before = try bazaar.stack.database.contents()
    let answer = change(bazaar, ana, from: "Wrong-1-password", to: other)
    #expect(answer.isProblem(422, "validation_failed"))
    #expect(answer.violations == ["current_password wrong_password"])
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test(arguments: [
    ("lantern", "too_short"), ("lanternlantern", "password_too_weak"),
    ("Password-2024", "password_too_common"), ("Beatrice-1", "password_too_weak"),
  ])
  func theNextOneMustBeGood(_ next: String, _ code: String) throws {
    let bazaar = try Bazaar()
    let bea = try bazaar.register("beatrice@example.com")
    let answer = change(bazaar, bea, from: Bazaar.password, to: next)
    #expect(answer.violations == ["new_password \(code)"])
  }

  @Test func guessingIsLimited() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let ana = try bazaar.register()
    for attempt in 1...5 {
      let answer = change(
        bazaar, ana, from: "Wrong-1-password", to: other, at: "198.51.100.\(attempt)")
      #expect(answer.status == 422)
    }
    let refused = change(bazaar, ana, from: Bazaar.password, to: other, at: "198.51.100.6")
    #expect(refused.isProblem(429, "too_many_attempts"))
  }

  /// Of two changes at once one wins, and the other is told that the password is not that any
  /// more.
  @Test func twoAtOnceDoNotBothSucceed() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let stack = bazaar.stack
    let statuses = try Together.run(
      threads: 2, prepare: { try (Bazaar.auth(on: stack), "Quartz-\($0)-umbrella") }
    ) { worker, _ in
      worker.0.send(
        "POST", "/api/v1/auth/change-password", token: ana.access,
        json: [
          "current_password": .string(Bazaar.password), "new_password": .string(worker.1),
        ]
      ).status
    }[0]
    #expect(statuses.sorted() == [204, 422])
  }

  private func change(
    _ bazaar: Bazaar, _ shopper: Shopper, from current: String, to next: String,
    at address: String = "192.0.2.1"
  ) -> TestAnswer {
    bazaar.auth.send(
      "POST", "/api/v1/auth/change-password", token: shopper.access,
      json: ["current_password": .string(current), "new_password": .string(next)], from: address)
  }
}

@Suite struct ResetPasswordTests {
  @Test func theMailedTokenSetsThePasswordOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try forgotten(bazaar, "ANA@example.com")
    #expect(reset(bazaar, token, to: other).status == 204)
    #expect(bazaar.profile(ana.access).isProblem(401, "token_revoked"))
    #expect(bazaar.refresh(ana.refresh).isProblem(401, "invalid_refresh_token"))
    #expect(bazaar.logIn(ana.email).isProblem(401, "invalid_credentials"))
    let again = try Shopper(bazaar.logIn(ana.email, other))
    #expect(bazaar.profile(again.access).status == 200)
    #expect(reset(bazaar, token, to: "Quartz-9-umbrella").violations == ["token invalid_token"])
    #expect(bazaar.logIn(ana.email, other).status == 200)
  }

  /// Whoever reads the mail has the address, and hears that the password changed.
  @Test func provesTheAddressAndTellsItsOwner() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try forgotten(bazaar, ana.email)
    let tag = bazaar.profile(ana.access).header("ETag")
    let events = try bazaar.events().count
    #expect(reset(bazaar, token, to: other).status == 204)
    let again = try Shopper(bazaar.logIn(ana.email, other))
    let profile = bazaar.profile(again.access)
    #expect(profile.data?["email_verified"] == true)
    #expect(profile.header("ETag") != tag)
    let after = try bazaar.events().dropFirst(events)
    #expect(after.map(\.type) == ["user.email_verified.v1", "mail.requested.v1"])
    #expect(after.last?.payload["template"] == "password_changed")
  }

  @Test func otherMailedTokensDieWithTheOldPassword() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let first = try forgotten(bazaar, ana.email)
    let second = try forgotten(bazaar, ana.email)
    let third = try forgotten(bazaar, ana.email)
    #expect(reset(bazaar, second, to: other).status == 204)
    #expect(reset(bazaar, first, to: "Quartz-9-umbrella").violations == ["token invalid_token"])
    let again = try Shopper(bazaar.logIn(ana.email, other))
    let late = try forgotten(bazaar, ana.email)
    let changed = bazaar.auth.send(
      "POST", "/api/v1/auth/change-password", token: again.access,
      json: ["current_password": .string(other), "new_password": .string(Bazaar.password)])
    #expect(changed.status == 204)
    for token in [third, late] {
      #expect(reset(bazaar, token, to: "Quartz-9-umbrella").violations == ["token invalid_token"])
    }
  }

  @Test func theTokenLivesHalfAnHour() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let early = try forgotten(bazaar, ana.email)
    bazaar.stack.clock.advance(by: .minutes(30))
    #expect(reset(bazaar, early, to: other).violations == ["token invalid_token"])
    let late = try forgotten(bazaar, ana.email)
    bazaar.stack.clock.advance(by: .minutes(30) - .milliseconds(1))
    #expect(reset(bazaar, late, to: other).status == 204)
  }

  /// A policy that says no does not cost the token.
  @Test(arguments: [("Password-2024", "password_too_common"), ("Beatrice-1", "password_too_weak")])
  func theNextOneMustBeGood(_ next: String, _ code: String) throws {
    let bazaar = try Bazaar()
    _ = try bazaar.register("beatrice@example.com")
    let token = try forgotten(bazaar, "beatrice@example.com")
    #expect(reset(bazaar, token, to: next).violations == ["new_password \(code)"])
    #expect(reset(bazaar, token, to: other).status == 204)
  }

  /// The same answer, and the same work, whether the account exists or not.
  @Test func forgettingTellsNothing() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let known = forget(bazaar, ana.email)
    let before = try bazaar.stack.database.contents()
    let unknown = forget(bazaar, "bob@example.com")
    #expect(known.status == 202)
    #expect(known.text == unknown.text)
    #expect(known.databaseRoundTrips == unknown.databaseRoundTrips)
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func aDisabledAccountGetsNoMail() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try forgotten(bazaar, ana.email)
    try bazaar.stack.look().execute(
      "UPDATE identity.users SET status = 'disabled' WHERE email = \(ana.email)")
    let events = try bazaar.events().count
    #expect(forget(bazaar, ana.email).status == 202)
    #expect(try bazaar.events().count == events)
    #expect(reset(bazaar, token, to: other).violations == ["token invalid_token"])
  }

  @Test func aTokenForVerifyingResetsNothing() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try bazaar.mailedToken("verify_email", to: ana.email)
    #expect(reset(bazaar, token, to: other).violations == ["token invalid_token"])
  }

  @Test func oneOfManyAtOnceSpendsTheToken() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try forgotten(bazaar, ana.email)
    let stack = bazaar.stack
    let statuses = try Together.run(
      threads: 3, prepare: { try (Bazaar.auth(on: stack), "Quartz-\($0)-umbrella") }
    ) { worker, _ in
      worker.0.send(
        "POST", "/api/v1/auth/reset-password",
        json: ["token": .string(token), "new_password": .string(worker.1)]
      ).status
    }[0]
    #expect(statuses.sorted() == [204, 422, 422])
  }

  private func forget(_ bazaar: Bazaar, _ email: String) -> TestAnswer {
    bazaar.auth.send("POST", "/api/v1/auth/forgot-password", json: ["email": .string(email)])
  }

  private func forgotten(_ bazaar: Bazaar, _ email: String) throws -> String {
    #expect(forget(bazaar, email).status == 202)
    return try bazaar.mailedToken("reset_password", to: email.lowercased())
  }

  private func reset(_ bazaar: Bazaar, _ token: String, to next: String) -> TestAnswer {
    bazaar.auth.send(
      "POST", "/api/v1/auth/reset-password",
      json: ["token": .string(token), "new_password": .string(next)])
  }
}
