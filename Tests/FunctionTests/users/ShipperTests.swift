import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ShipperTests {
  @Test func registeringGivesTheRoleAtOnce() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.register("minh@example.com")
    #expect(own(bazaar, "GET", minh).isProblem(403, "role_required"))
    let events = try bazaar.events().count
    let answer = bazaar.users.send(
      "POST", "/api/v1/users/shippers/register", token: minh.access,
      json: [
        "vehicle_type": "motorcycle", "license_plate": "29A-123.45",
        "vehicle_image_url": "https://img.example/v.png",
        "identity_card_url": "https://img.example/card.png",
      ])
    #expect(answer.status == 201)
    #expect(answer.header("Location") == "/api/v1/users/shippers/profile")
    #expect(answer.data?["identity_card_url"] == "https://img.example/card.png")
    // The token from before says nothing of the role, and holds all the same.
    let profile = own(bazaar, "GET", minh)
    #expect(profile.status == 200)
    #expect(profile.data == answer.data)
    #expect(profile.header("ETag") == answer.header("ETag"))
    #expect(bazaar.profile(minh.access).data?["roles"] == ["customer", "shipper"])
    let after = try bazaar.events().dropFirst(events)
    #expect(after.map(\.type) == ["user.roles_changed.v1"])
    #expect(after.first?.payload["roles"] == ["customer", "shipper"])
  }

  @Test func onceIsEnough() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.registerShipper()
    let before = try bazaar.stack.database.contents()
    let again = bazaar.users.send(
      "POST", "/api/v1/users/shippers/register", token: minh.access, json: Bazaar.vehicle)
    #expect(again.isProblem(409, "already_shipper"))
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.register()
    let answer = bazaar.users.send(
      "POST", "/api/v1/users/shippers/register", token: minh.access,
      json: [
        "vehicle_type": "sledge", "license_plate": " ", "vehicle_image_url": "ftp://img.example",
        "identity_card_url": 7,
      ])
    #expect(
      answer.violations == [
        "vehicle_type not_a_choice", "license_plate invalid_text", "vehicle_image_url invalid_url",
        "identity_card_url wrong_type",
      ])
    let none = bazaar.users.send(
      "POST", "/api/v1/users/shippers/register", token: minh.access, body: "{}")
    #expect(none.violations == ["vehicle_type required", "license_plate required"])
  }

  @Test func whatIsLeftOutStaysAndNullClears() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.registerShipper()
    let first = own(bazaar, "PUT", minh, ["vehicle_image_url": "https://img.example/v.png"])
    #expect(first.status == 200)
    #expect(first.data?["license_plate"] == "29A-123.45")
    let second = own(bazaar, "PUT", minh, ["vehicle_image_url": nil, "vehicle_type": "car"])
    #expect(second.data?["vehicle_image_url"] == .null)
    #expect(second.data?["vehicle_type"] == "car")
    #expect(second.header("ETag") != first.header("ETag"))
    #expect(own(bazaar, "PUT", minh, ["vehicle_type": nil]).violations == ["vehicle_type required"])
  }

  @Test func leavingTakesTheRoleAtOnce() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.registerShipper()
    let events = try bazaar.events().count
    #expect(own(bazaar, "DELETE", minh).status == 204)
    #expect(own(bazaar, "GET", minh).isProblem(403, "role_required"))
    #expect(try bazaar.eventTypes(after: events) == ["user.roles_changed.v1"])
    #expect(bazaar.profile(minh.access).data?["roles"] == ["customer"])
    // And registering again is welcome.
    let again = bazaar.users.send(
      "POST", "/api/v1/users/shippers/register", token: minh.access, json: Bazaar.vehicle)
    #expect(again.status == 201)
    #expect(own(bazaar, "GET", minh).status == 200)
  }

  @Test func othersSeeNoIdentityCard() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.registerShipper()
    let ana = try bazaar.register()
    let answer = bazaar.users.send(
      "GET", "/api/v1/users/shippers/\(minh.id)/profile", token: ana.access)
    #expect(answer.status == 200)
    #expect(
      answer.data?.object?.members.map(\.key) == [
        "user_id", "full_name", "avatar_url", "vehicle_type", "license_plate", "vehicle_image_url",
        "created_at",
      ])
    for id in [ana.id, "adr_" + minh.id.dropFirst(4), "usr_00000000000000000000000000", "x"] {
      let nobody = bazaar.users.send(
        "GET", "/api/v1/users/shippers/\(id)/profile", token: ana.access)
      #expect(nobody.isProblem(404, "not_found"), "\(id)")
    }
  }

  /// The name in it is the user's: when that changes, so does the shipper's tag.
  @Test func theTagFollowsTheName() throws {
    let bazaar = try Bazaar()
    let minh = try bazaar.registerShipper()
    let ana = try bazaar.register()
    let path = "/api/v1/users/shippers/\(minh.id)/profile"
    let before = bazaar.users.send("GET", path, token: ana.access)
    let own = own(bazaar, "GET", minh)
    _ = bazaar.users.send(
      "PUT", "/api/v1/users/me", token: minh.access, json: ["full_name": "Minh Tran"])
    for (path, token, tag) in [
      (path, ana.access, before.header("ETag")),
      ("/api/v1/users/shippers/profile", minh.access, own.header("ETag")),
    ] {
      let after = bazaar.users.send(
        "GET", path, token: token, headers: [(.ifNoneMatch, try #require(tag))])
      #expect(after.status == 200)
      #expect(after.data?["full_name"] == "Minh Tran")
    }
  }

  private func own(
    _ bazaar: Bazaar, _ method: String, _ shopper: Shopper, _ body: JSONValue? = nil
  ) -> TestAnswer {
    bazaar.users.send(
      method, "/api/v1/users/shippers/profile", token: shopper.access, bytes: body?.bytes)
  }
}
