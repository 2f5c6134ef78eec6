import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct GuestCartTests {
  @Test func aNewGuestGetsATokenOnce() throws {
    let scene = try CartScene()
    let first = scene.add(scene.goods, as: .guest(nil))
    #expect(first.status == 201)
    let token = try #require(first.data?["token"]?.string)
    #expect(token.utf8.count == 43)
    let second = scene.add(scene.goods, as: .guest(token))
    #expect(second.data?["token"] == nil)
    #expect(second.data?["id"] == first.data?["id"])
    #expect(scene.quantities(as: .guest(token)) == [2])
    #expect(scene.quantities(as: .guest(nil)).isEmpty)
    #expect(scene.quantities().isEmpty)
    let kept = try scene.bazaar.stack.database.contents()["cart.carts"]
    #expect(kept?.contains(token) == false)
    let hashes = try scene.bazaar.stack.look().query("SELECT c.token_hash FROM cart.carts AS c") {
      row in try row.next() as [UInt8]
    }
    #expect(hashes.map(\.count) == [32])
    #expect(!scene.bazaar.stack.log.lines.contains { $0.contains(token) })
  }

  /// Nobody finds a cart by trying, and nobody chooses the token of theirs.
  @Test func aTokenThatOpensNothingShowsAnEmptyCart() throws {
    let scene = try CartScene()
    let token = try scene.guest()
    let texts = [
      "x", String(token.dropLast()), token + "x", token.lowercased() + "_", "' OR '1'='1",
      String(repeating: "t", count: 10_000), "\u{e9}",
    ]
    for text in texts {
      let cart = scene.get(as: .guest(text))
      #expect(cart.status == 200)
      #expect(cart.data?["items"] == [], "\(text.prefix(50))")
      #expect(
        scene.send("DELETE", "/items/\(scene.goods.id)", as: .guest(text))
          .isProblem(404, "not_found"))
      let added = scene.add(scene.goods, as: .guest(text))
      #expect(added.status == 201)
      #expect(added.data?["token"]?.string != text)
      #expect(added.data?["items"]?.array?.count == 1)
    }
    #expect(scene.quantities(as: .guest(token)) == [1])
  }

  @Test func aCartLivesThirtyDaysAfterItsLastUse() throws {
    let scene = try CartScene()
    let token = try scene.guest()
    scene.bazaar.stack.clock.advance(by: .days(20))
    #expect(scene.quantities(as: .guest(token)) == [1])
    // Looking at it was a use.
    scene.bazaar.stack.clock.advance(by: .days(20))
    #expect(scene.quantities(as: .guest(token)) == [1])
    scene.bazaar.stack.clock.advance(by: .days(30))
    #expect(scene.quantities(as: .guest(token)).isEmpty)
    #expect(
      scene.send("PUT", "/items/\(scene.goods.id)", ["quantity": 2], as: .guest(token))
        .isProblem(404, "not_found"))
    #expect(scene.add(scene.goods, as: .guest(token)).data?["token"]?.string != nil)
  }

  @Test func whoIsSignedInHasTheirOwnWhateverTokenComesAlong() throws {
    let scene = try CartScene()
    let token = try scene.guest(scene.goods, 7)
    let answer = scene.send("GET", as: .user(scene.ana), headers: [(.cartToken, token)])
    #expect(answer.data?["items"] == [])
    // A token that is none is refused, not taken for a guest.
    let bad = scene.cart.send("GET", "/api/v1/cart", token: "nonsense")
    #expect(bad.isProblem(401, "invalid_token"))
  }

  /// The keys of guests are their own: nobody gets another's answer, and with it their token.
  @Test func keysAreNotSharedAmongGuests() throws {
    let scene = try CartScene()
    let wish: JSONValue = ["variant_id": .string(scene.goods.variant), "quantity": 1]
    func post(_ token: String?, from address: String) -> TestAnswer {
      scene.send(
        "POST", "/items", wish, as: .guest(token), headers: [(.idempotencyKey, "k")],
        from: address)
    }
    let first = post(nil, from: "192.0.2.1")
    let again = post(nil, from: "192.0.2.1")
    #expect(again.header("Idempotent-Replayed") == "true")
    #expect(again.text == first.text)
    let elsewhere = post(nil, from: "192.0.2.2")
    #expect(elsewhere.isProblem(422, "idempotency_key_reused"))
    let (ana, bob) = (try scene.guest(), try scene.guest())
    let anas = post(ana, from: "192.0.2.1")
    let bobs = post(bob, from: "192.0.2.1")
    #expect(anas.status == 201 && bobs.status == 201)
    #expect(bobs.header("Idempotent-Replayed") == nil)
    #expect(anas.data?["id"] != bobs.data?["id"])
    #expect(scene.quantities(as: .guest(bob)) == [2])
  }

  /// A guest is counted by where they come from, a user by who they are.
  @Test func guestsAreLimitedByAddress() throws {
    let scene = try CartScene(Bazaar(rateScale: 1))
    let burst = (1...60).map { _ in scene.get(as: .guest(nil)).status }
    #expect(burst.contains(429))
    #expect(scene.send("GET", as: .guest("another"), from: "192.0.2.1").status == 429)
    #expect(scene.send("GET", as: .guest(nil), from: "192.0.2.2").status == 200)
    #expect(scene.get().status == 200)
  }

  // MARK: Logging in

  private func logIn(_ scene: CartScene, _ email: String, _ token: JSONValue) -> TestAnswer {
    scene.bazaar.auth.send(
      "POST", "/api/v1/auth/login",
      json: [
        "email": .string(email), "password": .string(Bazaar.password), "cart_token": token,
      ])
  }

  @Test func whatAGuestGatheredIsTheUsers() throws {
    let scene = try CartScene()
    let bob = try scene.bazaar.register("bob@example.com")
    let pot = try scene.bazaar.goods([5], in: scene.shop, name: "Pot")
    let token = try scene.guest(scene.goods, 600)
    _ = scene.add(pot, 2, as: .guest(token))
    try scene.promotion(100, code: "SPRING")
    _ = scene.send("POST", "/promotions", ["code": "SPRING"], as: .guest(token))
    func cart() -> TestAnswer { scene.cart.send("GET", "/api/v1/cart", token: bob.access) }
    _ = scene.cart.send(
      "POST", "/api/v1/cart/items", token: bob.access,
      json: ["variant_id": .string(scene.goods.variant), "quantity": 500])
    let answer = logIn(scene, "bob@example.com", .string(token))
    #expect(answer.status == 200, "\(answer)")
    #expect(cart().data?["items"]?.array?.compactMap { $0["quantity"]?.integer } == [2, 999])
    #expect(cart().data?["promotions"]?[0]?["applied"] == true)
    #expect(scene.get(as: .guest(token)).data?["items"] == [])
    // Again it brings nothing, and a token that opens nothing does no harm.
    for token: JSONValue in [.string(token), "nonsense", nil] {
      #expect(logIn(scene, "bob@example.com", token).status == 200)
    }
    #expect(cart().data?["items"]?.array?.compactMap { $0["quantity"]?.integer } == [2, 999])
    #expect(try scene.bazaar.count("SELECT count(*) FROM cart.carts") == 1)
  }

  @Test func aLogInThatFailsMovesNothing() throws {
    let scene = try CartScene()
    _ = try scene.bazaar.register("bob@example.com")
    let token = try scene.guest()
    let refused = scene.bazaar.auth.send(
      "POST", "/api/v1/auth/login",
      json: [
        "email": "bob@example.com", "password": "Wrong-7-password", "cart_token": .string(token),
      ])
    #expect(refused.status == 401)
    #expect(scene.quantities(as: .guest(token)) == [1])
  }
}
