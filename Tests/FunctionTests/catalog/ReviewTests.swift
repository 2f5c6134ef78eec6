import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct ReviewTests {
  private struct Scene {
    let market: Market
    let seller: Seller
    let product: String
    let ana: Visitor

    init() throws {
      market = try Market()
      seller = try market.seller()
      product = try market.product(seller).id
      ana = try market.bazaar.visitor(name: "Ana Lim")
      try market.deliver(product, to: ana)
    }

    func post(_ visitor: Visitor, _ body: JSONValue = ["rating": 4, "text": "Good"])
      -> TestAnswer
    {
      market.catalog.send(
        "POST", "/api/v1/products/\(product)/reviews", token: visitor.token, json: body)
    }

    func send(_ method: String, _ path: String, _ visitor: Visitor, _ body: JSONValue = [:])
      -> TestAnswer
    {
      market.catalog.send(method, "/api/v1\(path)", token: visitor.token, json: body)
    }

    /// What product and shop say their reviews come to.
    func rating() -> [String] {
      let product = market.get("/products/\(product)").data
      let shop = market.shops.send("GET", "/api/v1/shops/\(seller.shop)", bytes: nil).data
      return [product, shop].map {
        "\($0?["rating_average"] ?? .null) \($0?["rating_count"] ?? .null)"
      }
    }
  }

  @Test func onlyWhoReceivedTheProductReviewsItAndOnce() throws {
    let scene = try Scene()
    let bea = try scene.market.bazaar.visitor()
    #expect(scene.post(bea).isProblem(403, "not_delivered"))
    #expect(scene.post(scene.seller.visitor).isProblem(403, "not_delivered"))
    let answer = scene.post(scene.ana)
    #expect(answer.status == 201, "\(answer)")
    #expect(answer.data?["user"]?["full_name"] == "Ana Lim")
    #expect(answer.data?["rating"] == 4)
    #expect(answer.header("Location") == "/api/v1/products/\(scene.product)/reviews")
    #expect(scene.post(scene.ana).isProblem(409, "already_reviewed"))
    let list = scene.market.get("/products/\(scene.product)/reviews")
    #expect(list.data == [answer.data ?? .null])
    #expect(list.json["meta"]?["rating_count"] == 1)
    #expect(scene.rating() == ["4.0 1", "4.0 1"])
  }

  @Test func badReviewsAreRefused() throws {
    let scene = try Scene()
    for (body, violation) in [
      (["rating": 0], "rating out_of_range"), (["rating": 6], "rating out_of_range"),
      (["rating": .decimal("4.5")], "rating wrong_type"), (["text": "x"], "rating required"),
      (["rating": 5, "text": .string(String(repeating: "x", count: 5001))], "text too_long"),
    ] as [(JSONValue, String)] {
      #expect(scene.post(scene.ana, body).violations == [violation], "\(body)")
    }
    for product in ["prd_00000000000000000000000000", scene.seller.shop] {
      let answer = scene.send("POST", "/products/\(product)/reviews", scene.ana, ["rating": 5])
      #expect(answer.isProblem(404, "not_found"))
    }
    #expect(scene.rating() == ["0.0 0", "0.0 0"])
  }

  @Test func changesAndDeletionsCount() throws {
    let scene = try Scene()
    let bea = try scene.market.bazaar.visitor()
    try scene.market.deliver(scene.product, to: bea)
    let review = scene.post(scene.ana).data?.id ?? "?"
    _ = scene.post(bea, ["rating": 1])
    #expect(scene.rating() == ["2.5 2", "2.5 2"])
    #expect(scene.send("PUT", "/reviews/\(review)", bea, ["rating": 1]).status == 404)
    let change = scene.send("PUT", "/reviews/\(review)", scene.ana, ["rating": 5])
    #expect(change.data?["text"] == "Good", "\(change)")
    #expect(change.data?["version"] == 2)
    #expect(scene.rating() == ["3.0 2", "3.0 2"])
    #expect(scene.send("DELETE", "/reviews/\(review)", bea).isProblem(404, "not_found"))
    #expect(scene.send("DELETE", "/reviews/\(review)", scene.ana).status == 204)
    #expect(scene.rating() == ["1.0 1", "1.0 1"])
    #expect(scene.send("DELETE", "/reviews/\(review)", scene.ana).status == 404)
  }

  @Test func aHiddenReviewDoesNotCountAndItsHidingIsNoted() throws {
    let scene = try Scene()
    let admin = try scene.market.bazaar.visitor([.admin])
    let review = scene.post(scene.ana).data?.id ?? "?"
    let hide = scene.send(
      "PUT", "/admin/reviews/\(review)", admin, ["status": "hidden", "reason": "Rude"])
    #expect(hide.data?["status"] == "hidden", "\(hide)")
    #expect(scene.rating() == ["0.0 0", "0.0 0"])
    #expect(scene.market.get("/products/\(scene.product)/reviews").data == [])
    let change = scene.send("PUT", "/reviews/\(review)", scene.ana, ["rating": 5])
    #expect(change.data?["status"] == "hidden")
    #expect(scene.rating() == ["0.0 0", "0.0 0"])
    scene.market.stack.clock.advance(by: .seconds(1))
    _ = scene.send("PUT", "/admin/reviews/\(review)", admin, ["status": "published"])
    #expect(scene.rating() == ["5.0 1", "5.0 1"])
    let notes = try scene.market.stack.look().query(
      "SELECT a.before || ' ' || a.after FROM catalog.audit AS a ORDER BY a.created_at"
    ) { row in try row.next() as String }
    #expect(notes == ["published hidden", "hidden published"])
  }

  @Test func cursorsLeadThroughAllReviews() throws {
    let scene = try Scene()
    for rating in 1...5 {
      scene.market.stack.clock.advance(by: .seconds(1))
      let visitor = try scene.market.bazaar.visitor()
      try scene.market.deliver(scene.product, to: visitor)
      #expect(scene.post(visitor, ["rating": .integer(Int64(6 - rating))]).status == 201)
    }
    let orders: [(String, [Int64])] = [("newest", [1, 2, 3, 4, 5]), ("rating", [5, 4, 3, 2, 1])]
    for (sort, all) in orders {
      var (seen, cursor): ([Int64], String?) = ([], "")
      while let next = cursor {
        let answer = scene.market.get(
          "/products/\(scene.product)/reviews?sort=\(sort)&limit=2&cursor=\(next)")
        seen += (answer.data?.array ?? []).map { $0["rating"]?.integer ?? 0 }
        cursor = answer.json["meta"]?["next_cursor"]?.string
      }
      #expect(seen == all)
    }
    let page = scene.market.get("/products/\(scene.product)/reviews?page=2&limit=2")
    #expect(page.total == 5)
    #expect(page.data?.array?.count == 2)
  }

  /// Many write, change and delete at once; the sums stay those of the rows.
  @Test func theSumsStayExactWhateverHappensAtOnce() throws {
    let scene = try Scene()
    let other = try scene.market.product(scene.seller).id
    let products = [scene.product, other]
    let stack = scene.market.stack
    let visitors = try (0..<8).map { _ in
      let visitor = try scene.market.bazaar.visitor()
      for product in products { try scene.market.deliver(product, to: visitor) }
      return visitor
    }
    let statuses = try Together.run(
      threads: 8, rounds: 6, prepare: { (try Market.catalog(on: stack), visitors[$0]) }
    ) { worker, round in
      let (catalog, visitor) = worker
      let path = "/api/v1/products/\(products[round % 2])/reviews"
      let rating = JSONValue.integer(Int64(round % 5 + 1))
      let posted = catalog.send("POST", path, token: visitor.token, json: ["rating": rating])
      guard let id = posted.data?.id, posted.status == 201 else { return posted.status }
      return round.isMultiple(of: 3)
        ? catalog.send("DELETE", "/api/v1/reviews/\(id)", token: visitor.token, bytes: nil).status
        : catalog.send(
          "PUT", "/api/v1/reviews/\(id)", token: visitor.token, json: ["rating": 2]
        ).status
    }
    #expect(statuses.joined().allSatisfy { [200, 204, 409].contains($0) })
    let wrong: Int? = try stack.look().first(
      """
      SELECT (SELECT count(*) FROM catalog.products AS p
              WHERE ROW (p.rating_count, p.rating_sum)::text <> (
                SELECT ROW (count(*), COALESCE(sum(v.rating), 0))::text
                FROM catalog.reviews AS v WHERE v.product_id = p.id))
           + (SELECT count(*) FROM catalog.shop_ratings AS r
              WHERE ROW (r.rating_count, r.rating_sum)::text <> (
                SELECT ROW (count(*), sum(v.rating))::text FROM catalog.reviews AS v))
      """
    ) { row in try row.next() }
    #expect(wrong == 0)
    #expect(try stack.database.deadlocks() == 0)
  }
}
