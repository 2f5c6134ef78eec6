import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ShopTests {
  @Test func keepsWhatItWasGiven() throws {
    let market = try Market.shared()
    let ana = try market.bazaar.visitor(name: "Ana Lim")
    let answer = market.shops.send(
      "POST", "/api/v1/shops", token: ana.token,
      json: [
        "name": "Nhà Đẹp", "currency": "VND", "description": "Home\nand garden",
        "avatar_url": "https://img.example/a.png", "phone": "+84 90 123 4567",
        "email": "shop@example.com", "owner_id": "usr_00000000000000000000000000",
      ])
    #expect(answer.status == 201, "\(answer)")
    let shop = try #require(answer.data)
    #expect(answer.header("Location") == "/api/v1/shops/\(shop.id)")
    #expect(shop.id.hasPrefix("shp_"))
    #expect(shop["slug"]?.string?.hasPrefix("nha-dep") == true)
    #expect(shop["owner"] == ["id": .string(ana.id), "full_name": "Ana Lim"])
    #expect(shop["status"] == "active")
    #expect(shop["banner_url"] == .null)
    #expect(shop["rating_count"] == 0)
    let read = market.shops.send("GET", "/api/v1/shops/\(shop.id)", bytes: nil)
    #expect(read.data == shop)
    #expect(read.header("ETag") == answer.header("ETag"))
    #expect(read.header("Cache-Control") == "public, max-age=1, stale-while-revalidate=1")
  }

  @Test func twoShopsOfOneNameHaveTwoAddresses() throws {
    let market = try Market.shared()
    let ana = try market.bazaar.visitor()
    let slugs = try (1...2).map { _ in
      let id = try market.openShop(ana.token, "Twin")
      return market.shops.send("GET", "/api/v1/shops/\(id)", bytes: nil).data?["slug"]?.string
    }
    #expect(slugs[0] != slugs[1])
  }

  @Test func aNameWithoutLettersGetsAnAddressAllTheSame() throws {
    let market = try Market.shared()
    let ana = try market.bazaar.visitor()
    let id = try market.openShop(ana.token, "✨🛍️")
    let slug = market.shops.send("GET", "/api/v1/shops/\(id)", bytes: nil).data?["slug"]?.string
    #expect(slug?.hasPrefix("shop") == true)
  }

  /// The token was issued before there was a shop, and needs no refresh.
  @Test func theFirstShopMakesASellerAtOnce() throws {
    let market = try Market()
    let ana = try market.bazaar.visitor()
    let path = "/api/v1/shops/shp_00000000000000000000000000"
    let before = market.shops.send("DELETE", path, token: ana.token, bytes: nil)
    #expect(before.isProblem(403, "role_required"))
    _ = try market.openShop(ana.token, "First")
    let after = market.shops.send("DELETE", path, token: ana.token, bytes: nil)
    #expect(after.isProblem(404, "not_found"))
    #expect(market.bazaar.profile(ana.token).data?["roles"] == ["customer", "seller"])
    let told = try market.stack.look().query(
      "SELECT e.type FROM outbox.events AS e ORDER BY e.sequence"
    ) { row in try row.next() as String }
    #expect(told == ["user.roles_changed.v1", "shop.opened.v1"])
    _ = try market.openShop(ana.token, "Second")
    let changes: Int? = try market.stack.look().first(
      "SELECT count(*) FROM outbox.events WHERE type = 'user.roles_changed.v1'"
    ) { row in try row.next() }
    #expect(changes == 1)
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let market = try Market.shared()
    let ana = try market.bazaar.visitor()
    let answer = market.shops.send(
      "POST", "/api/v1/shops", token: ana.token,
      json: [
        "name": " ", "currency": "vnd", "email": "none", "phone": "x", "avatar_url": "javascript:",
      ])
    #expect(answer.isProblem(422, "validation_failed"))
    #expect(
      Set(answer.violations) == [
        "currency invalid_currency", "name invalid_text", "avatar_url invalid_url",
        "phone too_short", "email invalid_email",
      ])
  }

  @Test func whatIsLeftOutStaysAndNullClears() throws {
    let market = try Market.shared()
    let seller = try market.seller("Before")
    let path = "/api/v1/shops/\(seller.shop)"
    _ = market.shops.send(
      "PUT", path, token: seller.token, json: ["description": "Something", "phone": "0901234567"])
    let answer = market.shops.send(
      "PUT", path, token: seller.token, json: ["name": "After", "phone": nil])
    #expect(answer.status == 200, "\(answer)")
    #expect(answer.data?["name"] == "After")
    #expect(answer.data?["description"] == "Something")
    #expect(answer.data?["phone"] == .null)
    #expect(answer.data?["slug"]?.string?.hasPrefix("before") == true)
  }

  @Test func theCurrencyNeverChanges() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let path = "/api/v1/shops/\(seller.shop)"
    let same = market.shops.send("PUT", path, token: seller.token, json: ["currency": "VND"])
    #expect(same.status == 200, "\(same)")
    let other = market.shops.send("PUT", path, token: seller.token, json: ["currency": "USD"])
    #expect(other.violations == ["currency currency_fixed"])
  }

  @Test func aShopOfSomebodyElseIsNone() throws {
    let market = try Market.shared()
    let (ana, bea) = (try market.seller(), try market.seller())
    let path = "/api/v1/shops/\(ana.shop)"
    let change = market.shops.send("PUT", path, token: bea.token, json: ["name": "Mine"])
    #expect(change.isProblem(404, "not_found"))
    let removal = market.shops.send("DELETE", path, token: bea.token, bytes: nil)
    #expect(removal.isProblem(404, "not_found"))
    #expect(market.shops.send("GET", path, bytes: nil).data?["name"] == "Nhà Xanh")
  }

  @Test func aStaleVersionIsRefused() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let path = "/api/v1/shops/\(seller.shop)"
    let tag = market.shops.send("GET", path, bytes: nil).header("ETag") ?? "?"
    let first = market.shops.send(
      "PUT", path, token: seller.token, json: ["name": "One"], headers: [(.ifMatch, tag)])
    #expect(first.status == 200, "\(first)")
    let second = market.shops.send(
      "PUT", path, token: seller.token, json: ["name": "Two"], headers: [(.ifMatch, tag)])
    #expect(second.isProblem(412, "stale_version"))
    let removal = market.shops.send(
      "DELETE", path, token: seller.token, bytes: nil, headers: [(.ifMatch, tag)])
    #expect(removal.isProblem(412, "stale_version"))
    let unchanged = market.shops.send(
      "GET", path, bytes: nil, headers: [(.ifNoneMatch, first.header("ETag") ?? "?")])
    #expect(unchanged.status == 304)
  }

  @Test func anArchivedShopIsItsOwnersToSee() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let path = "/api/v1/shops/\(seller.shop)"
    #expect(market.shops.send("DELETE", path, token: seller.token, bytes: nil).status == 204)
    #expect(market.shops.send("GET", path, bytes: nil).isProblem(404, "not_found"))
    let own = market.shops.send("GET", path, token: seller.token, bytes: nil)
    #expect(own.data?["status"] == "archived")
    #expect(own.header("Cache-Control") == "private, no-cache")
    let change = market.shops.send("PUT", path, token: seller.token, json: ["name": "Back"])
    #expect(change.isProblem(409, "shop_archived"))
  }

  @Test func anAdministratorsChangeOfStatusIsNoted() throws {
    let market = try Market()
    let seller = try market.seller()
    let admin = try market.bazaar.visitor([.admin])
    let path = "/api/v1/shops/\(seller.shop)"
    let ban = market.shops.send(
      "PUT", path, token: admin.token, json: ["status": "banned", "reason": "Fakes"])
    #expect(ban.data?["status"] == "banned", "\(ban)")
    let lift = market.shops.send("PUT", path, token: seller.token, json: ["status": "active"])
    #expect(lift.isProblem(403, "status_not_yours"))
    #expect(market.shops.send("GET", path, bytes: nil).status == 404)
    let notes = try market.stack.look().query(
      """
      SELECT a.actor_id, a.before || ' ' || a.after || ' ' || a.reason FROM shops.audit AS a
      """
    ) { row in (try row.next() as UserID, try row.next() as String) }
    #expect(notes.map(\.0) == [admin.user])
    #expect(notes.map(\.1) == ["active banned Fakes"])
  }

  @Test func aSellerMayPauseButNotBan() throws {
    let market = try Market.shared()
    let seller = try market.seller()
    let path = "/api/v1/shops/\(seller.shop)"
    let pause = market.shops.send("PUT", path, token: seller.token, json: ["status": "paused"])
    #expect(pause.data?["status"] == "paused", "\(pause)")
    #expect(market.shops.send("GET", path, bytes: nil).status == 200)
    let ban = market.shops.send("PUT", path, token: seller.token, json: ["status": "banned"])
    #expect(ban.isProblem(403, "status_not_yours"))
    let odd = market.shops.send("PUT", path, token: seller.token, json: ["status": "archived"])
    #expect(odd.violations == ["status not_a_choice"])
  }

  @Test func anAccountHasAtMostFiftyShopsHoweverManyAreOpenedAtOnce() throws {
    let market = try Market()
    let ana = try market.bazaar.visitor()
    try market.stack.look().execute(
      """
      INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
      SELECT gen_random_uuid(), 'S', 's-' || n, 'VND', \(ana.user), now(), now()
      FROM generate_series(1, 48) AS n
      """)
    let stack = market.stack
    let answers = try Together.run(
      threads: 6, prepare: { _ in try Market.shops(on: stack) }
    ) { function, _ in
      function.send(
        "POST", "/api/v1/shops", token: ana.token, json: ["name": "New", "currency": "VND"]
      ).status
    }
    #expect(answers[0].sorted() == [201, 201, 409, 409, 409, 409])
  }
}
