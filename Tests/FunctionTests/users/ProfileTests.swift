import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ProfileTests {
  @Test func bothPathsAnswerTheSame() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let profile = bazaar.users.send("GET", "/api/v1/users/profile", token: ana.access)
    #expect(profile.status == 200)
    #expect(profile.data == bazaar.profile(ana.access).data)
    #expect(profile.data?["email"] == "ana@example.com")
    #expect(profile.data?["status"] == "active")
    #expect((profile.data?["number"]?.integer ?? 0) > 0)
    #expect(profile.header("ETag") == "\"1\"")
    #expect(profile.header("Cache-Control") == "private, no-cache")
  }

  @Test func whatIsLeftOutStaysAndNullClears() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let filled = put(
      bazaar, ana,
      [
        "full_name": "Ana Maria Lim", "phone": "+84 90 123 4567",
        "avatar_url": "https://img.example/ana.png", "birthday": "1992-02-29", "gender": "female",
        "roles": ["admin"], "email": "other@example.com", "status": "disabled",
      ])
    #expect(filled.status == 200)
    #expect(filled.header("ETag") == "\"2\"")
    let changed = put(bazaar, ana, ["phone": nil, "gender": nil])
    #expect(changed.data?["phone"] == .null)
    #expect(changed.data?["gender"] == .null)
    #expect(changed.data?["full_name"] == "Ana Maria Lim")
    #expect(changed.data?["birthday"] == "1992-02-29")
    // What is nobody's own to change stays as it was.
    #expect(changed.data?["roles"] == ["customer"])
    #expect(changed.data?["email"] == "ana@example.com")
    #expect(changed.data?["status"] == "active")
    #expect(changed.data == bazaar.profile(ana.access).data)
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let before = try bazaar.stack.database.contents()
    let answer = put(
      bazaar, ana,
      [
        "full_name": nil, "phone": "call me", "avatar_url": "javascript:alert(1)",
        "birthday": "2023-02-29", "gender": "x",
      ])
    #expect(answer.isProblem(422, "validation_failed"))
    #expect(
      answer.violations == [
        "full_name required", "phone invalid_phone", "avatar_url invalid_url",
        "birthday invalid_date", "gender not_a_choice",
      ])
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func aFreshProfileIsCompletedOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    func complete(_ name: JSONValue) -> TestAnswer {
      bazaar.users.send(
        "POST", "/api/v1/users/profile", token: ana.access, json: ["full_name": name])
    }
    let first = complete("Ana Maria")
    #expect(first.status == 201)
    #expect(first.header("Location") == "/api/v1/users/profile")
    #expect(first.data?["full_name"] == "Ana Maria")
    #expect(complete("Somebody").isProblem(409, "profile_already_complete"))
    #expect(bazaar.profile(ana.access).data?["full_name"] == "Ana Maria")
  }

  @Test func othersSeeThePublicPart() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let bob = try bazaar.register("bob@example.com")
    let admin = try bazaar.registerAdmin()
    func see(_ viewer: Shopper) -> TestAnswer {
      bazaar.users.send("GET", "/api/v1/users/\(ana.id)", token: viewer.access)
    }
    let members = see(bob).data?.object?.members.map(\.key)
    #expect(members == ["id", "full_name", "avatar_url", "roles", "created_at"])
    #expect(see(ana).data == bazaar.profile(ana.access).data)
    #expect(see(admin).data == see(ana).data)
  }

  @Test func nobodyIsNotThere() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let address = try bazaar.addAddress(ana)
    for id in [
      "usr_00000000000000000000000000", address, "usr_", "1", "me%20", "USR_" + ana.id.dropFirst(4),
      ana.id + "0", "usr_zzzzzzzzzzzzzzzzzzzzzzzzzz", "usr_uuuuuuuuuuuuuuuuuuuuuuuuuu",
    ] {
      let answer = bazaar.users.send("GET", "/api/v1/users/\(id)", token: ana.access)
      #expect(answer.isProblem(404, "not_found"), "\(id)")
    }
  }
}

extension ProfileTests {
  fileprivate func put(_ bazaar: Bazaar, _ shopper: Shopper, _ body: JSONValue) -> TestAnswer {
    bazaar.users.send("PUT", "/api/v1/users/profile", token: shopper.access, json: body)
  }
}
