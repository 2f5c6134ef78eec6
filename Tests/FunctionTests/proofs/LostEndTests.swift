import Core
import KitTesting
import Testing

/// Sessions whose end was marked in Redis and did not come true: the process died before the
/// commit.
@Suite struct LostEndTests {
  /// Other processes believe the mark, until whoever holds the session shows that it lives.
  @Test(arguments: ["logout", "logout-all"])
  func whoRefreshesGoesOnAndCanEndItAgain(_ route: String) throws {
    let bazaar = try Bazaar()
    let (ana, bea) = (try bazaar.register(), try bazaar.register("bea@example.com"))
    #expect(bazaar.profile(ana.access).status == 200)
    let program = Program("auth", on: bazaar.stack)
    let points = try program.request(end(route, bea)).counted
    let death = Program.Death(point: points.count, isBefore: true)
    try program.request(end(route, ana), dying: death)
    #expect(bazaar.profile(ana.access).isProblem(401, "token_revoked"))
    bazaar.stack.clock.advance(by: Clock.system.now - bazaar.stack.clock.clock.now)
    let again = try Shopper(bazaar.refresh(ana.refresh))
    #expect(bazaar.profile(again.access).status == 200)
    let ended = bazaar.auth.send("POST", "/api/v1/auth/\(route)", token: again.access)
    #expect(ended.status == 204, "\(ended)")
    #expect(bazaar.profile(again.access).isProblem(401, "token_revoked"))
    #expect(bazaar.refresh(again.refresh).isProblem(401, "invalid_refresh_token"))
  }

  private func end(_ route: String, _ shopper: Shopper) -> WriteRequest {
    WriteRequest(
      "auth", "POST", "/auth/\(route)", [], ["HTTP_AUTHORIZATION": "Bearer \(shopper.access)"])
  }
}
