import Core
import Crypto
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

private let addresses = "/api/v1/users/addresses"

@Suite struct IdempotencyTests {
  /// Every route that honours a key, with a body it takes.
  static let routes: [(String, JSONValue)] = [
    (addresses, Bazaar.home), ("/api/v1/users/profile", ["full_name": "Ana Maria"]),
    ("/api/v1/users/shippers/register", Bazaar.vehicle),
  ]

  @Test(arguments: routes)
  func theSameRequestGetsTheSameAnswer(_ path: String, _ body: JSONValue) throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    let first = post(bazaar, ana, path, body, key: "k")
    let before = try bazaar.stack.database.contents()
    let second = post(bazaar, ana, path, body, key: "k")
    #expect(first.status == 201)
    #expect(first.header("Idempotent-Replayed") == nil)
    #expect(second.header("Idempotent-Replayed") == "true")
    #expect(second.status == 201)
    #expect(second.response.body == first.response.body)
    for header in ["Location", "ETag", "Content-Type", "Cache-Control"] {
      #expect(second.header(header) == first.header(header), "\(header)")
      #expect(first.header(header) != nil, "\(header)")
    }
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test(arguments: routes)
  func anotherBodyIsRefused(_ path: String, _ body: JSONValue) throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    #expect(post(bazaar, ana, path, body, key: "k").status == 201)
    guard case .object(var other) = body else { return }
    other["nonsense"] = 1
    let before = try bazaar.stack.database.contents()
    #expect(
      post(bazaar, ana, path, .object(other), key: "k").isProblem(422, "idempotency_key_reused"))
    #expect(
      post(bazaar, ana, path + "?a=b", body, key: "k").isProblem(422, "idempotency_key_reused"))
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test func anotherRouteIsAnotherRequest() throws {
    let bazaar = try Bazaar.shared()
    let ana = try bazaar.visitor()
    let body: JSONValue = ["full_name": "Ana"]
    #expect(post(bazaar, ana, "/api/v1/users/profile", body, key: "k").status == 201)
    #expect(
      post(bazaar, ana, addresses, Bazaar.home, key: "k").isProblem(422, "idempotency_key_reused"))
  }

  @Test func withoutAKeyEachRequestCounts() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    #expect(post(bazaar, ana, addresses, Bazaar.home).status == 201)
    #expect(post(bazaar, ana, addresses, Bazaar.home).status == 201)
    #expect(try bazaar.count("SELECT count(*) FROM identity.addresses") == 2)
    #expect(try bazaar.count("SELECT count(*) FROM souk.idempotency_keys") == 0)
  }

  @Test func anotherCallersKeyIsAnotherKey() throws {
    let bazaar = try Bazaar.shared()
    let ana = try bazaar.visitor()
    let bob = try bazaar.visitor()
    let anas = post(bazaar, ana, addresses, Bazaar.home, key: "k")
    let bobs = post(bazaar, bob, addresses, Bazaar.home, key: "k")
    #expect(bobs.status == 201)
    #expect(bobs.header("Idempotent-Replayed") == nil)
    #expect(anas.data?["id"] != bobs.data?["id"])
  }

  /// What failed may be tried again with the same key.
  @Test func failuresAreNotKept() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    let bad = post(bazaar, ana, addresses, [:], key: "k")
    #expect(bad.status == 422)
    try bazaar.stack.look().execute(
      """
      INSERT INTO identity.addresses
        (id, user_id, recipient, phone, street, city, country, is_default, created_at, updated_at)
      SELECT gen_random_uuid(), \(ana.user), 'A', '123456', 'S', 'C', 'VN', false, now(), now()
      FROM generate_series(1, 50)
      """)
    #expect(
      post(bazaar, ana, addresses, Bazaar.home, key: "k").isProblem(409, "too_many_addresses"))
    #expect(try bazaar.count("SELECT count(*) FROM souk.idempotency_keys") == 0)
    try bazaar.stack.look().execute("DELETE FROM identity.addresses")
    let good = post(bazaar, ana, addresses, Bazaar.home, key: "k")
    #expect(good.status == 201)
    #expect(good.header("Idempotent-Replayed") == nil)
  }

  @Test func aKeyIsKeptForADay() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    let first = post(bazaar, ana, addresses, Bazaar.home, key: "k")
    bazaar.stack.clock.advance(by: .hours(24))
    let dayLater = try bazaar.session(of: ana.user)
    let replayed = post(bazaar, dayLater, addresses, Bazaar.home, key: "k")
    #expect(replayed.response.body == first.response.body)
    bazaar.stack.clock.advance(by: .milliseconds(1))
    let fresh = post(bazaar, dayLater, addresses, Bazaar.home, key: "k")
    #expect(fresh.status == 201)
    #expect(fresh.header("Idempotent-Replayed") == nil)
    #expect(fresh.data?["id"] != first.data?["id"])
    #expect(post(bazaar, dayLater, addresses, Bazaar.home, key: "k").text == fresh.text)
  }

  /// The answer is what it was, though the address is gone by now.
  @Test func theAnswerOutlivesItsSubject() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    let first = post(bazaar, ana, addresses, Bazaar.home, key: "k")
    let location = try #require(first.header("Location"))
    #expect(bazaar.users.send("DELETE", location, token: ana.token).status == 204)
    let second = post(bazaar, ana, addresses, Bazaar.home, key: "k")
    #expect(second.text == first.text)
    #expect(try bazaar.count("SELECT count(*) FROM identity.addresses") == 0)
  }

  @Test(arguments: [
    "", String(repeating: "k", count: 256), "caf\u{e9}", "a\tb", "a\r\nX: y", "\u{7f}",
  ])
  func aKeyThatIsNoneIsRefused(_ key: String) throws {
    let bazaar = try Bazaar.shared()
    let ana = try bazaar.visitor()
    let answer = post(bazaar, ana, addresses, Bazaar.home, key: key)
    #expect(answer.isProblem(400, "invalid_idempotency_key"))
    #expect(
      try bazaar.count("SELECT count(*) FROM identity.addresses WHERE user_id = \(ana.user)") == 0)
  }

  @Test(arguments: [String(repeating: "k", count: 255), "' OR 1=1 --", "a b", "{}"])
  func anyPrintableKeyIsTaken(_ key: String) throws {
    let bazaar = try Bazaar.shared()
    let ana = try bazaar.visitor()
    #expect(post(bazaar, ana, addresses, Bazaar.home, key: key).status == 201)
    #expect(
      post(bazaar, ana, addresses, Bazaar.home, key: key).header("Idempotent-Replayed") == "true")
  }

  /// Twenty identical requests at once: one change, and nobody sees anything else than its answer
  /// or that it is under way.
  @Test func oneOfTwentyAtOnceTakesEffect() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    let stack = bazaar.stack
    let rounds = try Together.run(
      threads: 20, rounds: 25, prepare: { _ in try Bazaar.users(on: stack) }
    ) { users, round in
      users.send(
        "POST", addresses, token: ana.token, json: Bazaar.home,
        headers: [(.idempotencyKey, "round \(round)")])
    }
    for (round, answers) in rounds.enumerated() {
      let created = answers.filter { $0.status == 201 }
      let running = answers.filter { $0.isProblem(409, "idempotency_in_progress") }
      #expect(created.count + running.count == 20, "\(answers.map(\.status))")
      #expect(created.filter { $0.header("Idempotent-Replayed") == nil }.count == 1)
      #expect(Set(created.map(\.text)).count == 1)
      #expect(running.allSatisfy { $0.header("Retry-After") == "1" })
      #expect(
        try bazaar.count(
          "SELECT count(*) FROM souk.idempotency_keys WHERE key = \("round \(round)")") == 1)
    }
    #expect(try bazaar.count("SELECT count(*) FROM identity.addresses") == 25)
  }

  // MARK: Registering, where the caller is nobody yet

  @Test func registeringAgainGetsTheSameTokens() throws {
    let bazaar = try Bazaar()
    let first = register(bazaar, "ana@example.com", key: "k")
    let before = try bazaar.stack.database.contents()
    let second = register(bazaar, "ana@example.com", key: "k")
    #expect(first.status == 201)
    #expect(second.header("Idempotent-Replayed") == "true")
    #expect(second.text == first.text)
    #expect(try bazaar.stack.database.contents() == before)
    #expect(register(bazaar, "bob@example.com", key: "k").isProblem(422, "idempotency_key_reused"))
    #expect(register(bazaar, "ana@example.com", key: "l").isProblem(409, "email_taken"))
  }

  /// A fast hash of a request with a password in it would be a way around the slow one: whoever
  /// reads the table, but not the secret, must not be able to try passwords on it.
  @Test func whatIsStoredHelpsNobodyToGuess() throws {
    let bazaar = try Bazaar()
    let ana = try Shopper(register(bazaar, "ana@example.com", key: "k"))
    let stored = try bazaar.stack.look().query(
      "SELECT k.fingerprint, k.body FROM souk.idempotency_keys AS k"
    ) { row in (fingerprint: try row.next() as [UInt8], body: try row.next() as [UInt8]) }
    let body = Self.registration("ana@example.com").bytes
    #expect(stored.count == 1)
    #expect(
      stored[0].fingerprint != SHA256.hash(Array("POST /api/v1/auth/register\n".utf8) + body))
    #expect(!String(decoding: stored[0].body, as: UTF8.self).contains(ana.refresh))
  }

  private static func registration(_ email: String) -> JSONValue {
    ["email": .string(email), "password": .string(Bazaar.password), "full_name": "Ana"]
  }

  private func register(_ bazaar: Bazaar, _ email: String, key: String) -> TestAnswer {
    bazaar.auth.send(
      "POST", "/api/v1/auth/register", json: Self.registration(email),
      headers: [(.idempotencyKey, key)])
  }

  private func post(
    _ bazaar: Bazaar, _ visitor: Visitor, _ path: String, _ body: JSONValue, key: String? = nil
  ) -> TestAnswer {
    bazaar.users.send(
      "POST", path, token: visitor.token, json: body,
      headers: key.map { [(.idempotencyKey, $0)] } ?? [])
  }
}
