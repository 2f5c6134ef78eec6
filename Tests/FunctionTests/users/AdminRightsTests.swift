import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct AdminRightsTests {
  @Test func aChangedRoleHoldsAtOnce() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    let ana = try bazaar.register()
    #expect(list(bazaar, ana).isProblem(403, "role_required"))
    let given = role(bazaar, admin, ana, ["role": "admin", "reason": "she helps"])
    #expect(given.status == 200)
    #expect(given.data?["roles"] == ["customer", "admin"])
    #expect(given.header("ETag") == "\"2\"")
    // Both ways for the token that knew nothing of it.
    #expect(list(bazaar, ana).status == 200)
    #expect(role(bazaar, admin, ana, ["roles": ["seller", "shipper", "seller"]]).status == 200)
    #expect(list(bazaar, ana).isProblem(403, "role_required"))
    #expect(bazaar.profile(ana.access).data?["roles"] == ["customer", "seller", "shipper"])
    // And for one that said it.
    #expect(role(bazaar, admin, ana, ["role": "admin"]).status == 200)
    bazaar.stack.clock.advance(by: .seconds(1))
    let fresh = try Shopper(bazaar.refresh(ana.refresh))
    #expect(list(bazaar, fresh).status == 200)
    #expect(role(bazaar, admin, ana, ["roles": ["customer"]]).status == 200)
    #expect(list(bazaar, fresh).isProblem(403, "role_required"))
    #expect(bazaar.profile(fresh.access).status == 200)
  }

  @Test func aDisabledUserIsOutAtOnceAndCanComeBack() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    let ana = try bazaar.register()
    #expect(bazaar.profile(ana.access).status == 200)
    let events = try bazaar.events().count
    let disabled = status(bazaar, admin, ana, ["status": "disabled"])
    #expect(disabled.data?["status"] == "disabled")
    #expect(bazaar.profile(ana.access).isProblem(401, "token_revoked"))
    #expect(bazaar.refresh(ana.refresh).isProblem(401, "invalid_refresh_token"))
    #expect(bazaar.logIn(ana.email).isProblem(403, "account_disabled"))
    #expect(status(bazaar, admin, ana, ["status": "active"]).data?["status"] == "active")
    // What was ended stays ended.
    #expect(bazaar.profile(ana.access).isProblem(401, "token_revoked"))
    #expect(bazaar.profile(try Shopper(bazaar.logIn(ana.email)).access).status == 200)
    let after = try bazaar.events().dropFirst(events)
    #expect(after.map(\.type) == ["user.status_changed.v1", "user.status_changed.v1"])
    #expect(after.map { $0.payload["status"] } == ["disabled", "active"])
  }

  @Test func eachChangeIsAudited() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    let ana = try bazaar.register()
    _ = role(bazaar, admin, ana, ["role": "seller", "reason": "opened a shop"], id: "request-1")
    _ = status(bazaar, admin, ana, ["status": "disabled"], id: "request-2")
    let rows = try bazaar.stack.look().query(
      """
      SELECT concat_ws('|', a.action, a.before, a.after, COALESCE(a.reason, '-'), a.request_id),
             a.actor_id, a.user_id
      FROM identity.audit AS a ORDER BY a.id
      """
    ) { row in (try row.next() as String, try row.next() as UserID, try row.next() as UserID) }
    #expect(
      rows.map(\.0).sorted() == [
        "roles|customer|customer,seller|opened a shop|request-1",
        "status|active|disabled|-|request-2",
      ])
    #expect(rows.allSatisfy { $0.1.description == admin.id && $0.2.description == ana.id })
  }

  /// What is so already is no change: nothing is audited, told or revoked.
  @Test func theSameAgainChangesNothing() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    let ana = try bazaar.register()
    let before = try bazaar.stack.database.contents()
    let same = status(bazaar, admin, ana, ["status": "active"])
    #expect(same.status == 200)
    #expect(same.header("ETag") == "\"1\"")
    #expect(role(bazaar, admin, ana, ["role": "customer"]).header("ETag") == "\"1\"")
    #expect(try bazaar.stack.database.contents() == before)
    try bazaar.stack.redis.flush()
    #expect(bazaar.profile(ana.access).status == 200)
  }

  @Test func staleAndMissingOnesAreRefused() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    let ana = try bazaar.register()
    let before = try bazaar.stack.database.contents()
    let stale = bazaar.users.send(
      "PUT", "/api/v1/admin/users/\(ana.id)/role", token: admin.access, json: ["role": "seller"],
      headers: [(.ifMatch, "\"9\"")])
    #expect(stale.isProblem(412, "stale_version"))
    for path in ["role", "status"] {
      let nobody = bazaar.users.send(
        "PUT", "/api/v1/admin/users/usr_00000000000000000000000000/\(path)", token: admin.access,
        json: ["role": "seller", "status": "active"])
      #expect(nobody.isProblem(404, "not_found"))
    }
    #expect(role(bazaar, admin, ana, ["role": "king"]).violations == ["role not_a_choice"])
    #expect(role(bazaar, admin, ana, ["roles": ["king"]]).violations == ["roles not_a_choice"])
    #expect(role(bazaar, admin, ana, ["roles": []]).violations == ["roles invalid_list"])
    #expect(role(bazaar, admin, ana, ["roles": "admin"]).violations == ["roles wrong_type"])
    #expect(role(bazaar, admin, ana, [:]).violations == ["role required"])
    #expect(status(bazaar, admin, ana, ["status": "deleted"]).violations == ["status not_a_choice"])
    #expect(status(bazaar, admin, ana, [:]).violations == ["status required"])
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func nobodyDisablesThemselvesOrRemovesTheLastAdministrator() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    #expect(status(bazaar, admin, admin, ["status": "disabled"]).isProblem(409, "own_account"))
    #expect(role(bazaar, admin, admin, ["role": "customer"]).isProblem(409, "last_admin"))
    let second = try bazaar.registerAdmin("second@example.com")
    #expect(role(bazaar, admin, admin, ["role": "customer"]).status == 200)
    #expect(list(bazaar, admin).isProblem(403, "role_required"))
    #expect(list(bazaar, second).status == 200)
  }

  /// A deleted account is nobody's to give rights to.
  @Test func aDeletedUserIsNotThere() throws {
    let bazaar = try Bazaar()
    let admin = try bazaar.registerAdmin()
    let ana = try bazaar.register()
    _ = bazaar.users.send(
      "DELETE", "/api/v1/users", token: ana.access, json: ["password": .string(Bazaar.password)])
    #expect(role(bazaar, admin, ana, ["role": "admin"]).isProblem(404, "not_found"))
    #expect(status(bazaar, admin, ana, ["status": "active"]).isProblem(404, "not_found"))
  }

  private func list(_ bazaar: Bazaar, _ shopper: Shopper) -> TestAnswer {
    bazaar.users.send("GET", "/api/v1/admin/users", token: shopper.access)
  }

  private func role(
    _ bazaar: Bazaar, _ admin: Shopper, _ shopper: Shopper, _ body: JSONValue, id: String = "test"
  ) -> TestAnswer {
    bazaar.users.send(
      "PUT", "/api/v1/admin/users/\(shopper.id)/role", token: admin.access, json: body,
      headers: [(.requestID, id)])
  }

  private func status(
    _ bazaar: Bazaar, _ admin: Shopper, _ shopper: Shopper, _ body: JSONValue, id: String = "test"
  ) -> TestAnswer {
    bazaar.users.send(
      "PUT", "/api/v1/admin/users/\(shopper.id)/status", token: admin.access, json: body,
      headers: [(.requestID, id)])
  }
}
