import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct CategoryTests {
  /// home > kitchen > pans, and clothes.
  private struct Tree {
    let market: Market
    let admin: Visitor
    let home, kitchen, pans, clothes: String

    init() throws {
      market = try Market()
      admin = try market.bazaar.visitor([.admin])
      home = try market.category("Home", admin)
      kitchen = try market.category("Kitchen", below: home, admin)
      pans = try market.category("Pans", below: kitchen, admin)
      market.stack.clock.advance(by: .seconds(1))
      clothes = try market.category("Clothes", admin)
    }

    func put(_ id: String, _ body: JSONValue) -> TestAnswer {
      market.catalog.send("PUT", "/api/v1/categories/\(id)", token: admin.token, json: body)
    }

    func delete(_ id: String) -> TestAnswer {
      market.catalog.send("DELETE", "/api/v1/categories/\(id)", token: admin.token, bytes: nil)
    }

    func list() -> [String] {
      (market.get("/categories").data?.array ?? []).map {
        "\($0["depth"]?.integer ?? -1) \($0["name"]?.string ?? "?")"
      }
    }

    /// Whether the table of ancestors says exactly what the parents say.
    func isConsistent() throws -> Bool {
      try isTreeConsistent(market.stack)
    }
  }

  @Test func theTreeIsListedFromTheTop() throws {
    let tree = try Tree()
    #expect(tree.list() == ["0 Home", "1 Kitchen", "2 Pans", "0 Clothes"])
    #expect(tree.put(tree.clothes, ["position": 0]).status == 200)
    #expect(tree.put(tree.home, ["position": 7]).status == 200)
    #expect(tree.list() == ["0 Clothes", "0 Home", "1 Kitchen", "2 Pans"])
  }

  @Test func oneIsReadByIdAndBySlug() throws {
    let tree = try Tree()
    let byID = tree.market.get("/categories/\(tree.pans)")
    #expect(byID.data?["parent_id"] == .string(tree.kitchen))
    #expect(byID.data?["depth"] == 2)
    #expect(tree.market.get("/categories/pans").data == byID.data)
    #expect(tree.market.get("/categories/nothing").isProblem(404, "not_found"))
    #expect(tree.market.get("/categories/prd_00000000000000000000000000").status == 404)
  }

  @Test func aSlugIsTakenOnce() throws {
    let tree = try Tree()
    let again = tree.market.catalog.send(
      "POST", "/api/v1/categories", token: tree.admin.token, json: ["name": "Pans"])
    #expect(again.isProblem(409, "slug_taken"))
    #expect(tree.put(tree.clothes, ["slug": "pans"]).isProblem(409, "slug_taken"))
    #expect(tree.put(tree.clothes, ["slug": "Pans!"]).violations == ["slug invalid_slug"])
  }

  @Test func aBranchMovesAsAWhole() throws {
    let tree = try Tree()
    #expect(tree.put(tree.kitchen, ["parent_id": .string(tree.clothes)]).status == 200)
    #expect(tree.list() == ["0 Home", "0 Clothes", "1 Kitchen", "2 Pans"])
    #expect(try tree.isConsistent())
    #expect(tree.put(tree.kitchen, ["parent_id": nil]).data?["depth"] == 0)
    #expect(try tree.isConsistent())
  }

  @Test func aCircleIsRefused() throws {
    let tree = try Tree()
    for parent in [tree.home, tree.kitchen, tree.pans] {
      let answer = tree.put(tree.home, ["parent_id": .string(parent)])
      #expect(answer.isProblem(409, "category_cycle"), "\(answer)")
    }
    #expect(try tree.isConsistent())
    let missing = tree.put(tree.home, ["parent_id": "cat_00000000000000000000000000"])
    #expect(missing.violations == ["parent_id no_such_category"])
    #expect(tree.put(tree.home, ["parent_id": "x"]).violations == ["parent_id invalid_id"])
  }

  @Test func whatIsNotEmptyIsNotDeleted() throws {
    let tree = try Tree()
    let seller = try tree.market.seller()
    let product = try tree.market.product(seller, ["category_id": .string(tree.clothes)])
    #expect(tree.delete(tree.kitchen).isProblem(409, "category_has_children"))
    #expect(tree.delete(tree.clothes).isProblem(409, "category_has_products"))
    _ = tree.market.catalog.send(
      "DELETE", "/api/v1/products/\(product.id)", token: seller.token, bytes: nil)
    #expect(tree.delete(tree.clothes).isProblem(409, "category_has_products"))
    #expect(tree.delete(tree.pans).status == 204)
    #expect(tree.delete(tree.kitchen).status == 204)
    #expect(tree.delete(tree.kitchen).isProblem(404, "not_found"))
    #expect(try tree.isConsistent())
  }

  @Test func aStaleVersionIsRefused() throws {
    let tree = try Tree()
    let tag = tree.market.get("/categories/\(tree.home)").header("ETag") ?? "?"
    #expect(tree.put(tree.home, ["name": "House"]).status == 200)
    for method in ["PUT", "DELETE"] {
      let answer = tree.market.catalog.send(
        method, "/api/v1/categories/\(tree.home)", token: tree.admin.token,
        json: ["name": "Flat"], headers: [(.ifMatch, tag)])
      #expect(answer.isProblem(412, "stale_version"))
    }
  }

  /// Each of two would be fine alone; together they would make a circle.
  @Test func movesAtTheSameTimeKeepItATree() throws {
    let tree = try Tree()
    let other = try tree.market.category("Garden", tree.admin)
    let pairs = [(tree.home, other), (other, tree.home)]
    let stack = tree.market.stack
    let token = tree.admin.token
    let answers = try Together.run(
      threads: 2, rounds: 12, prepare: { (try Market.catalog(on: stack), pairs[$0]) },
      before: { _ in
        let function = try Market.catalog(on: stack)
        for (id, _) in pairs {
          _ = function.send(
            "PUT", "/api/v1/categories/\(id)", token: token, json: ["parent_id": nil])
        }
      }
    ) { worker, _ in
      let (function, pair) = worker
      return function.send(
        "PUT", "/api/v1/categories/\(pair.0)", token: token,
        json: ["parent_id": .string(pair.1)]
      ).status
    }
    for statuses in answers { #expect(statuses.sorted() == [200, 409]) }
    #expect(try tree.isConsistent())
    #expect(try stack.database.deadlocks() == 0)
  }
}

/// Whether the table of ancestors says exactly what the parents say.
func isTreeConsistent(_ stack: TestStack) throws -> Bool {
  let differences: Int? = try stack.look().first(
    """
    WITH RECURSIVE walk AS (
      SELECT c.id AS category_id, c.id AS ancestor_id, 0 AS distance FROM catalog.categories AS c
      UNION ALL
      SELECT w.category_id, c.parent_id, w.distance + 1
      FROM walk AS w JOIN catalog.categories AS c ON c.id = w.ancestor_id
      WHERE c.parent_id IS NOT NULL AND w.distance < 100
    )
    SELECT count(*) FROM (
      (TABLE walk EXCEPT SELECT category_id, ancestor_id, distance
       FROM catalog.category_ancestors)
      UNION ALL
      (SELECT category_id, ancestor_id, distance FROM catalog.category_ancestors
       EXCEPT TABLE walk)
    ) AS different
    """
  ) { row in try row.next() }
  return differences == 0
}
