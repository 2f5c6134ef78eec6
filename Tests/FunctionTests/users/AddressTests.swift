import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct AddressTests {
  @Test func keepsWhatItWasGiven() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let answer = bazaar.users.send(
      "POST", "/api/v1/users/addresses", token: ana.access,
      json: [
        "recipient": "Ana Lim", "phone": "0901234567", "street": "12 Hàng Bạc", "ward": "Hàng Bạc",
        "district": "Hoàn Kiếm", "city": "Hà Nội", "postcode": "11011", "country": "VN",
        "lat": .decimal("21.0341"), "long": 105, "is_default": true, "colour": "red",
      ])
    #expect(answer.status == 201)
    let id = try #require(answer.data?["id"]?.string)
    #expect(id.hasPrefix("adr_"))
    #expect(answer.header("Location") == "/api/v1/users/addresses/\(id)")
    #expect(answer.header("ETag") == "\"1\"")
    #expect(answer.data?["ward"] == "Hàng Bạc")
    #expect(answer.data?["lat"] == .decimal("21.0341"))
    #expect(answer.data?["long"] == .integer(105) || answer.data?["long"] == .decimal("105.0"))
    let read = bazaar.users.send("GET", "/api/v1/users/addresses/\(id)", token: ana.access)
    #expect(read.data == answer.data)
    #expect(read.header("ETag") == "\"1\"")
    let members = read.data?.object?.members.map(\.key)
    #expect(
      members == [
        "id", "recipient", "phone", "street", "ward", "district", "city", "postcode", "country",
        "lat", "long", "is_default",
      ])
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let answer = bazaar.users.send(
      "POST", "/api/v1/users/addresses", token: ana.access,
      json: [
        "recipient": "", "phone": "x", "city": 5, "country": "vn", "lat": 91,
        "long": "east", "is_default": "yes", "ward": [],
      ])
    #expect(
      answer.violations == [
        "recipient too_short", "phone too_short", "street required", "ward wrong_type",
        "city wrong_type", "country invalid_country", "lat out_of_range", "long wrong_type",
        "is_default wrong_type",
      ])
  }

  /// Half a place is no place, however the other half is left out.
  @Test(
    arguments: [
      ["lat": 10], ["long": 10], ["lat": 10, "long": nil], ["lat": nil, "long": 10],
    ] as [JSONObject])
  func aPlaceHasTwoCoordinates(_ place: JSONObject) throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    guard case .object(var body) = Bazaar.home else { return }
    for (key, value) in place.members { body[key] = value }
    let created = bazaar.users.send(
      "POST", "/api/v1/users/addresses", token: ana.access, json: .object(body))
    #expect(created.violations == ["lat incomplete_place"])
    let id = try bazaar.addAddress(ana)
    let changed = bazaar.users.send(
      "PUT", "/api/v1/users/addresses/\(id)", token: ana.access, json: .object(place))
    #expect(changed.violations == ["lat incomplete_place"])
  }

  @Test func whatIsLeftOutStaysAndNullClears() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    guard case .object(var body) = Bazaar.home else { return }
    body["ward"] = "Hang Bac"
    body["lat"] = 21
    body["long"] = 105
    let id = try bazaar.addAddress(ana, .object(body))
    let path = "/api/v1/users/addresses/\(id)"
    let changed = bazaar.users.send(
      "PUT", path, token: ana.access,
      json: ["street": "14 Hang Bac", "lat": nil, "long": nil, "ward": nil, "is_default": false])
    #expect(changed.status == 200)
    #expect(changed.header("ETag") == "\"2\"")
    #expect(changed.data?["street"] == "14 Hang Bac")
    #expect(changed.data?["ward"] == .null)
    #expect(changed.data?["lat"] == .null)
    #expect(changed.data?["recipient"] == "Ana Lim")
    // There is always one default: it cannot just be taken away.
    #expect(changed.data?["is_default"] == true)
    let wrong = bazaar.users.send(
      "PUT", path, token: ana.access, json: ["street": nil, "country": "XYZ"])
    #expect(wrong.violations == ["street required", "country too_long"])
  }

  @Test func fiftyAreEnough() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    var ids: [String] = []
    for _ in 1...50 { ids.append(try bazaar.addAddress(ana)) }
    let refused = bazaar.users.send(
      "POST", "/api/v1/users/addresses", token: ana.access, json: Bazaar.home)
    #expect(refused.isProblem(409, "too_many_addresses"))
    let list = bazaar.users.send("GET", "/api/v1/users/addresses", token: ana.access)
    #expect(list.data?.array?.count == 50)
    #expect(list.json["meta"] == ["count": 50])
    #expect(
      bazaar.users.send(
        "DELETE", "/api/v1/users/addresses/\(ids[10])", token: ana.access
      ).status == 204)
    _ = try bazaar.addAddress(ana)
  }

  /// However many ask at once, there are fifty and one default.
  @Test func theBoundHoldsForManyAtOnce() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    for _ in 1...40 { _ = try bazaar.addAddress(ana) }
    guard case .object(var body) = Bazaar.home else { return }
    body["is_default"] = true
    let address = JSONValue.object(body)
    let stack = bazaar.stack
    let statuses = try Together.run(
      threads: 8, rounds: 4, prepare: { _ in try Bazaar.users(on: stack) }
    ) { users, _ in
      users.send("POST", "/api/v1/users/addresses", token: ana.access, json: address).status
    }.flatMap { $0 }
    #expect(statuses.filter { $0 == 201 }.count == 10)
    #expect(statuses.filter { $0 == 409 }.count == 22)
    #expect(try bazaar.count("SELECT count(*) FROM identity.addresses") == 50)
    #expect(try bazaar.count("SELECT count(*) FROM identity.addresses WHERE is_default") == 1)
  }
}

@Suite struct DefaultAddressTests {
  @Test func theFirstIsTheDefaultAndAnotherCanBecomeIt() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let first = try bazaar.addAddress(ana)
    let second = try bazaar.addAddress(ana)
    #expect(try defaults(bazaar, ana) == [first])
    let made = bazaar.users.send(
      "PUT", "/api/v1/users/addresses/\(second)/default", token: ana.access)
    #expect(made.status == 200)
    #expect(made.data?["is_default"] == true)
    #expect(made.header("ETag") == "\"2\"")
    #expect(try defaults(bazaar, ana) == [second])
    // Again changes nothing.
    let again = bazaar.users.send(
      "PUT", "/api/v1/users/addresses/\(second)/default", token: ana.access)
    #expect(again.header("ETag") == "\"2\"")
    let changed = bazaar.users.send(
      "PUT", "/api/v1/users/addresses/\(first)", token: ana.access, json: ["is_default": true])
    #expect(changed.status == 200)
    #expect(try defaults(bazaar, ana) == [first])
  }

  @Test func aCreatedOneCanBeTheDefault() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    _ = try bazaar.addAddress(ana)
    guard case .object(var body) = Bazaar.home else { return }
    body["is_default"] = true
    let second = try bazaar.addAddress(ana, .object(body))
    #expect(try defaults(bazaar, ana) == [second])
  }

  @Test func theNewestTakesThePlaceOfADeletedOne() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let first = try bazaar.addAddress(ana)
    bazaar.stack.clock.advance(by: .seconds(1))
    let second = try bazaar.addAddress(ana)
    bazaar.stack.clock.advance(by: .seconds(1))
    let third = try bazaar.addAddress(ana)
    func delete(_ id: String) -> Int {
      bazaar.users.send("DELETE", "/api/v1/users/addresses/\(id)", token: ana.access).status
    }
    #expect(delete(first) == 204)
    #expect(try defaults(bazaar, ana) == [third])
    #expect(delete(second) == 204)
    #expect(try defaults(bazaar, ana) == [third])
    #expect(delete(third) == 204)
    #expect(try defaults(bazaar, ana).isEmpty)
    let fourth = try bazaar.addAddress(ana)
    #expect(try defaults(bazaar, ana) == [fourth])
  }

  @Test func eachHasADefaultOfTheirOwn() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let bob = try bazaar.register("bob@example.com")
    let anas = try bazaar.addAddress(ana)
    let bobs = try bazaar.addAddress(bob)
    #expect(try defaults(bazaar, ana) == [anas])
    #expect(try defaults(bazaar, bob) == [bobs])
  }

  private func defaults(_ bazaar: Bazaar, _ shopper: Shopper) throws -> [String] {
    let list = bazaar.users.send("GET", "/api/v1/users/addresses", token: shopper.access)
    let addresses = try #require(list.data?.array)
    // The default stands first.
    #expect(addresses.first.map { $0["is_default"]?.bool == true } ?? true)
    return addresses.filter { $0["is_default"]?.bool == true }.compactMap { $0["id"]?.string }
  }
}

@Suite struct OthersAddressTests {
  /// Other people's addresses are not there, for nobody, and nothing happens to them.
  @Test func areNotThere() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let bob = try bazaar.register("bob@example.com")
    let admin = try bazaar.registerAdmin()
    let id = try bazaar.addAddress(ana)
    let before = try bazaar.stack.database.contents()
    for stranger in [bob, admin] {
      for (method, path) in [
        ("GET", id), ("PUT", id), ("DELETE", id), ("PUT", "\(id)/default"),
      ] {
        let answer = bazaar.users.send(
          method, "/api/v1/users/addresses/\(path)", token: stranger.access,
          json: ["city": "Hue"])
        #expect(answer.isProblem(404, "not_found"), "\(method) \(path)")
      }
    }
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func idsOfAnotherKindNameNothing() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let id = try bazaar.addAddress(ana)
    for wrong in [ana.id, "usr_" + id.dropFirst(4), "adr_", "7", "adr_00000000000000000000000000"] {
      for (method, suffix) in [("GET", ""), ("PUT", ""), ("DELETE", ""), ("PUT", "/default")] {
        let answer = bazaar.users.send(
          method, "/api/v1/users/addresses/\(wrong)\(suffix)", token: ana.access,
          json: ["city": "Hue"])
        #expect(answer.isProblem(404, "not_found"), "\(method) \(wrong)\(suffix)")
      }
    }
  }
}
