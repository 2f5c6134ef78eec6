import Core
import HTTP
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct DeleteAccountTests {
  @Test func takesThePersonOutAndEndsTheSessions() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.registerShipper("ana@example.com")
    let bob = try bazaar.register("bob@example.com")
    let elsewhere = try Shopper(bazaar.logIn(ana.email))
    _ = try bazaar.addAddress(ana)
    let events = try bazaar.events().count
    #expect(delete(bazaar, ana).status == 204)
    for session in [ana, elsewhere] {
      #expect(bazaar.profile(session.access).isProblem(401, "token_revoked"))
      #expect(bazaar.refresh(session.refresh).isProblem(401, "invalid_refresh_token"))
    }
    #expect(bazaar.logIn(ana.email).isProblem(401, "invalid_credentials"))
    #expect(
      bazaar.users.send("GET", "/api/v1/users/\(ana.id)", token: bob.access)
        .isProblem(404, "not_found"))
    #expect(
      bazaar.users.send("GET", "/api/v1/users/shippers/\(ana.id)/profile", token: bob.access)
        .isProblem(404, "not_found"))
    #expect(try bazaar.eventTypes(after: events) == ["user.deleted.v1"])
  }

  /// The row stays for the orders that point to it, and says nothing about anybody.
  @Test func whatStaysIsAnonymous() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.registerShipper("ana@example.com")
    _ = try bazaar.addAddress(ana)
    #expect(delete(bazaar, ana).status == 204)
    #expect(
      try bazaar.text(
        """
        SELECT concat_ws(' ', u.email, u.username, u.password_hash, u.full_name, u.phone,
                         u.avatar_url, u.birthday, u.gender, u.roles::text, u.status)
        FROM identity.users AS u
        """) == "Deleted user {customer} deleted")
    #expect(
      try bazaar.text(
        "SELECT concat_ws(' ', s.device, s.ip, s.end_reason) FROM identity.sessions AS s")
        == " account_deleted")
    for table: SQL in ["identity.addresses", "identity.shippers", "identity.mail_tokens"] {
      #expect(try bazaar.count("SELECT count(*) FROM \(table)") == 0, "\(table.text)")
    }
  }

  @Test func theAddressIsFreeAgain() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    #expect(delete(bazaar, ana).status == 204)
    let again = try bazaar.register(ana.email)
    #expect(again.id != ana.id)
  }

  @Test func needsThePasswordAndTheVersion() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let before = try bazaar.stack.database.contents()
    let wrong = delete(bazaar, ana, password: "Wrong-1-password")
    #expect(wrong.violations == ["password wrong_password"])
    let none = bazaar.users.send("DELETE", "/api/v1/users", token: ana.access)
    #expect(none.isProblem(400, "empty"))
    let stale = delete(bazaar, ana, ifMatch: "\"7\"")
    #expect(stale.isProblem(412, "stale_version"))
    #expect(try bazaar.stack.database.contents() == before)
    #expect(bazaar.profile(ana.access).status == 200)
    #expect(delete(bazaar, ana, ifMatch: "\"1\"").status == 204)
  }

  @Test func theLastAdministratorStays() throws {
    let bazaar = try Bazaar()
    let root = try bazaar.registerAdmin()
    #expect(delete(bazaar, root).isProblem(409, "last_admin"))
    let second = try bazaar.registerAdmin("second@example.com")
    #expect(delete(bazaar, root).status == 204)
    #expect(delete(bazaar, second).isProblem(409, "last_admin"))
  }

  /// Nobody could open the wallet afterwards.
  @Test func moneyIsNotLostUnasked() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let payments = try Bazaar.payments(on: bazaar.stack)
    let topUp = payments.send(
      "POST", "/api/v1/wallet/topups", token: ana.access,
      json: [
        "amount": ["amount": 500, "currency": "USD"], "provider": "sandbox", "method": "approve",
      ],
      headers: [(.idempotencyKey, "top-up")])
    try #require(topUp.status == 201, "\(topUp)")
    let providers = try Providers(Environment(bazaar.stack.environment(of: "scheduler")))
    try Clerk(bazaar.stack, asking: providers).work()
    #expect(try bazaar.count("SELECT sum(balance)::bigint FROM payments_api.wallets") == 500)
    #expect(delete(bazaar, ana).isProblem(409, "wallet_not_empty"))
    #expect(bazaar.profile(ana.access).status == 200)
    let gone = delete(bazaar, ana, ["forfeit_wallet": true])
    #expect(gone.status == 204, "\(gone)")
  }

  /// What is bought there would never be sent.
  @Test func aShopIsClosedFirst() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let owner = try bazaar.session(of: try #require(UserID(ana.id)))
    let shop = try bazaar.shop(of: owner)
    #expect(delete(bazaar, ana).isProblem(409, "shops_open"))
    try bazaar.stack.look().execute(
      "UPDATE shops.shops SET status = 'archived' WHERE id = \(shop)")
    #expect(delete(bazaar, ana).status == 204)
  }

  private func delete(
    _ bazaar: Bazaar, _ shopper: Shopper, password: String = Bazaar.password,
    _ members: JSONValue = [:], ifMatch: String? = nil
  ) -> TestAnswer {
    var body = JSONObject()
    body["password"] = .string(password)
    for (key, value) in members.object?.members ?? [] { body[key] = value }
    return bazaar.users.send(
      "DELETE", "/api/v1/users", token: shopper.access, json: .object(body),
      headers: ifMatch.map { [(.ifMatch, $0)] } ?? [])
  }
}
