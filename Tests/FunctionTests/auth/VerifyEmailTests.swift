import Core
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct VerifyEmailTests {
  @Test func theMailedTokenVerifiesOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let before = bazaar.profile(ana.access)
    let token = try bazaar.mailedToken("verify_email", to: ana.email)
    let events = try bazaar.events().count
    #expect(verify(bazaar, token).status == 204)
    let after = bazaar.profile(ana.access)
    #expect(before.data?["email_verified"] == false)
    #expect(after.data?["email_verified"] == true)
    #expect(after.header("ETag") != before.header("ETag"))
    #expect(try bazaar.eventTypes(after: events) == ["user.email_verified.v1"])
    #expect(verify(bazaar, token).violations == ["token invalid_token"])
  }

  @Test func theTokenLivesTwoDays() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try bazaar.mailedToken("verify_email", to: ana.email)
    bazaar.stack.clock.advance(by: .days(2))
    #expect(verify(bazaar, token).violations == ["token invalid_token"])
    let again = try Shopper(bazaar.logIn(ana.email))
    #expect(resend(bazaar, again).status == 202)
    let fresh = try bazaar.mailedToken("verify_email", to: ana.email)
    #expect(fresh != token)
    #expect(verify(bazaar, fresh).status == 204)
  }

  @Test func verifiedIsVerified() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    #expect(verify(bazaar, try bazaar.mailedToken("verify_email", to: ana.email)).status == 204)
    let events = try bazaar.events().count
    #expect(resend(bazaar, ana).isProblem(409, "already_verified"))
    #expect(try bazaar.events().count == events)
  }

  @Test func mailsAreLimited() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let ana = try bazaar.register()
    for attempt in 1...5 {
      #expect(resend(bazaar, ana, at: "198.51.100.\(attempt)").status == 202)
    }
    #expect(resend(bazaar, ana, at: "198.51.100.6").isProblem(429, "too_many_attempts"))
  }

  @Test func theMailLeadsToTheShop() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = try bazaar.mailedToken("verify_email", to: ana.email)
    let mail = try bazaar.events().last?.payload
    #expect(mail?["values"]?["url"] == "https://shop.example/verify_email?token=\(token)")
    #expect(mail?["values"]?["full_name"] == "Ana Lim")
    #expect(mail?["user_id"] == .string(ana.id))
  }

  private func verify(_ bazaar: Bazaar, _ token: String) -> TestAnswer {
    bazaar.auth.send("POST", "/api/v1/auth/verify-email", json: ["token": .string(token)])
  }

  private func resend(_ bazaar: Bazaar, _ shopper: Shopper, at address: String = "192.0.2.1")
    -> TestAnswer
  {
    bazaar.auth.send(
      "POST", "/api/v1/auth/resend-verification", token: shopper.access, from: address)
  }
}
