import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct FacetTests {
  /// Six mugs of two shops, three categories, two colours and several prices.
  private struct Scene {
    let market: Market
    let first, second: Seller
    let kitchen, pans, garden: String

    init() throws {
      market = try Market()
      let admin = try market.bazaar.visitor([.admin])
      kitchen = try market.category("Kitchen", admin)
      pans = try market.category("Pans", below: kitchen, admin)
      garden = try market.category("Garden", admin)
      (first, second) = (try market.seller("One"), try market.seller("Two"))
      let rows: [(Seller, String, String, Int64)] = [
        (first, kitchen, "Red", 1000), (first, kitchen, "Blue", 1999), (first, pans, "Red", 2000),
        (second, pans, "Blue", 5000), (second, garden, "Red", 9000),
        (second, garden, "Blue", 10_000),
      ]
      for (number, (seller, category, colour, amount)) in rows.enumerated() {
        try market.product(
          seller,
          [
            "name": .string("Mug \(number)"), "category_id": .string(category),
            "attributes": [
              "Colour": .string(colour), "Parts": .integer(Int64(number % 2)),
              "For": ["tea", "soup"],
            ],
            "price": ["amount": .integer(amount), "currency": "VND"],
          ])
      }
      try market.stack.look().execute(
        """
        UPDATE catalog.products SET rating_count = 1, rating_sum = 5 WHERE price < 2000
        """)
    }

    /// The counts of a facet as `name count`.
    func facet(_ name: String, _ filter: String = "") -> [String] {
      let answer = market.get("/products/search?q=mug\(filter)")
      return (answer.json["meta"]?["facets"]?[name]?.array ?? []).flatMap { item -> [String] in
        if let values = item["values"]?.array {
          return values.map {
            "\(item["name"]?.string ?? "?") \($0["value"]?.string ?? "?") \($0["count"] ?? .null)"
          }
        }
        let label =
          item["name"]?.string
          ?? item["to"].map { "\(item["from"] ?? .null)-\($0)" } ?? "\(item["from"] ?? .null)"
        return ["\(label) \(item["count"] ?? .null)"]
      }
    }

    func total(_ filter: String) -> Int? { market.get("/products/search?q=mug\(filter)").total }
  }

  @Test func theyCountWhatIsFound() throws {
    let scene = try Scene()
    #expect(Set(scene.facet("categories")) == ["Kitchen 2", "Pans 2", "Garden 2"])
    #expect(Set(scene.facet("shops")) == ["One 3", "Two 3"])
    #expect(
      scene.facet("prices")
        == ["1000-1999 2", "2000-4999 1", "5000-9999 2", "10000-19999 1"])
    #expect(scene.facet("ratings") == ["4 2", "3 2", "2 2", "1 2"])
    #expect(
      Set(scene.facet("attributes")) == [
        "Colour Red 3", "Colour Blue 3", "Parts 0 3", "Parts 1 3", "For tea 6", "For soup 6",
      ])
  }

  @Test func aFacetDoesNotCountItsOwnFilterButAllOthersDo() throws {
    let scene = try Scene()
    let shop = "&shop_id=\(scene.first.shop)"
    #expect(scene.total(shop) == 3)
    #expect(Set(scene.facet("shops", shop)) == ["One 3", "Two 3"])
    #expect(Set(scene.facet("categories", shop)) == ["Kitchen 2", "Pans 1"])
    let red = "&attr.Colour=Red"
    #expect(scene.total(red) == 3)
    #expect(
      Set(scene.facet("attributes", red)) == [
        "Colour Red 3", "Colour Blue 3", "Parts 0 3", "For tea 3", "For soup 3",
      ])
    let both = "\(shop)\(red)"
    #expect(scene.total(both) == 2)
    #expect(Set(scene.facet("shops", both)) == ["One 2", "Two 1"])
    #expect(scene.facet("attributes", both).contains("Colour Blue 1"))
    #expect(scene.facet("prices", "\(both)&max_price=1500").count == 2)
    #expect(scene.total("\(both)&max_price=1500") == 1)
    #expect(scene.facet("ratings", "&min_rating=4") == ["4 2", "3 2", "2 2", "1 2"])
  }

  @Test func aCategoryIsChosenWithAllBelowIt() throws {
    let scene = try Scene()
    let kitchen = "&category_id=\(scene.kitchen)"
    #expect(scene.total(kitchen) == 4)
    #expect(Set(scene.facet("categories", kitchen)) == ["Kitchen 2", "Pans 2", "Garden 2"])
    #expect(Set(scene.facet("shops", kitchen)) == ["One 3", "Two 1"])
  }

  @Test func theyAreThereWhenNothingIsFound() throws {
    let scene = try Scene()
    let answer = scene.market.get("/products/search?q=nothing&shop_id=\(scene.first.shop)")
    #expect(answer.data == [])
    #expect(answer.total == 0)
    #expect(answer.json["meta"]?["total_exact"] == true)
    #expect(answer.json["meta"]?["facets"]?["categories"] == [])
    #expect(answer.json["meta"]?["next_cursor"] == .null)
  }
}
