import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct PromotionAccessTests {
  @Test func strangersSeeWhatAppliesByItselfNow() throws {
    let scene = try PromotionScene()
    let open = try scene.made()
    let hidden = [
      try scene.made(["code": "SECRET"]), try scene.made(["status": "draft"]),
      try scene.made(["status": "paused"]), try scene.made(["starts_at": scene.time(.hours(1))]),
    ]
    let bob = try scene.bazaar.visitor()
    for stranger in [nil, bob] {
      #expect(scene.get(open, as: stranger).status == 200)
      for id in hidden { #expect(scene.get(id, as: stranger).isProblem(404, "not_found")) }
      let list = scene.shops.send("GET", scene.path, token: stranger?.token)
      #expect(list.data?.array?.compactMap { $0["id"]?.string } == [open])
    }
    let admin = try scene.bazaar.visitor([.admin])
    for reader in [scene.seller, admin] {
      let list = scene.shops.send("GET", scene.path, token: reader.token)
      #expect(list.data?.array?.count == 5)
      let drafts = scene.shops.send("GET", "\(scene.path)?status=draft", token: reader.token)
      #expect(drafts.data?.array?.compactMap { $0["id"]?.string } == [hidden[1]])
    }
    let pages = scene.shops.send(
      "GET", "\(scene.path)?page=2&limit=2", token: scene.seller.token)
    #expect(pages.json["meta"] == ["page": 2, "limit": 2, "total": 5, "total_pages": 3])
    let first = scene.shops.send("GET", "\(scene.path)?limit=3", token: scene.seller.token)
    let cursor = try #require(first.json["meta"]["next_cursor"].string)
    let rest = scene.shops.send(
      "GET", "\(scene.path)?limit=3&cursor=\(cursor)", token: scene.seller.token)
    let ids = [first, rest].flatMap { $0.data?.array?.compactMap { $0["id"]?.string } ?? [] }
    #expect(ids == ids.sorted(by: >) && Set(ids).count == 5)
    #expect(scene.shops.send("GET", "\(scene.path)?cursor=x").violations.count == 1)
  }

  @Test func othersShopsAreNotTheirs() throws {
    let scene = try PromotionScene()
    let id = try scene.made()
    let rival = try scene.bazaar.visitor([.seller])
    let rivals = try scene.bazaar.shop(of: rival)
    let before = try scene.bazaar.stack.database.contents()
    #expect(scene.post(as: rival).isProblem(404, "not_found"))
    for path in ["\(scene.path)/\(id)", "/api/v1/shops/\(rivals)/promotions/\(id)"] {
      for method in ["PUT", "DELETE"] {
        let answer = scene.shops.send(
          method, path, token: rival.token, json: ["name": "Mine"])
        #expect(answer.isProblem(404, "not_found"), "\(method) \(path)")
      }
    }
    #expect(scene.post(as: try scene.bazaar.visitor()).isProblem(403, "role_required"))
    for path in ["/api/v1/shops/x/promotions", "/api/v1/shops/\(id)/promotions"] {
      #expect(scene.shops.send("GET", path).isProblem(404, "not_found"))
      #expect(
        scene.shops.send("POST", path, token: scene.seller.token, json: scene.body())
          .isProblem(404, "not_found"))
    }
    #expect(scene.get(scene.shop.description).isProblem(404, "not_found"))
    var after = try scene.bazaar.stack.database.contents()
    for table in ["identity.users", "identity.sessions"] { after[table] = before[table] }
    #expect(after == before)
  }

  @Test func fiftyApplyByThemselvesAtMost() throws {
    let scene = try PromotionScene()
    for _ in 1...50 { _ = try scene.made() }
    #expect(scene.post().isProblem(409, "too_many_promotions"))
    let coded = try scene.made(["code": "SPRING"])
    #expect(scene.put(coded, ["code": nil]).isProblem(409, "too_many_promotions"))
  }

  @Test func aKeyMakesARepeatSafe() throws {
    let scene = try PromotionScene()
    let answers = (1...2).map { _ in
      scene.shops.send(
        "POST", scene.path, token: scene.seller.token, json: scene.body(),
        headers: [(.idempotencyKey, "k")])
    }
    #expect(answers[0].text == answers[1].text)
    #expect(answers[1].header("Idempotent-Replayed") == "true")
    #expect(try scene.bazaar.count("SELECT count(*) FROM promotions.promotions") == 1)
  }
}
