import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct SearchTests {
  /// Vietnamese and English names in two shops.
  private struct Scene {
    let market: Market
    let admin: Visitor
    let clothes, audio: String
    let nha, tech: Seller

    init() throws {
      market = try Market()
      admin = try market.bazaar.visitor([.admin])
      clothes = try market.category("Quần áo", admin)
      audio = try market.category("Audio gear", admin)
      (nha, tech) = (try market.seller("Nhà Xanh"), try market.seller("Techhouse"))
      try add(nha, "Áo thun", clothes, ["Màu": "Đỏ", "Size": ["M", "L"]], 150_000, "Cotton mềm")
      try add(nha, "Áo thun dài tay", clothes, ["Màu": "Xanh", "Size": ["L"]], 250_000)
      try add(nha, "Váy đầm", clothes, ["Màu": "Đỏ"], 450_000, "Mặc với áo thun rất hợp")
      try add(tech, "Wireless Headphones", audio, ["Colour": "Black"], 900_000)
      try add(tech, "Headphones", audio, ["Colour": "White", "Hours": 30], 700_000)
      try add(tech, "Headphone stand", audio, [:], 90_000)
      try add(tech, "Đèn bàn", nil, [:], 300_000, "A lamp to read by, next to the headphones")
    }

    func add(
      _ seller: Seller, _ name: String, _ category: String?, _ attributes: JSONValue,
      _ amount: Int64, _ description: String = ""
    ) throws {
      market.stack.clock.advance(by: .seconds(1))
      try market.product(
        seller,
        [
          "name": .string(name), "category_id": category.map { .string($0) } ?? .null,
          "attributes": attributes, "description": .string(description),
          "price": ["amount": .integer(amount), "currency": "VND"], "stock": 1,
        ])
    }

    func search(_ text: String, _ more: String = "") -> TestAnswer {
      market.get("/products/search?q=\(escaped(text))\(more)")
    }

    func names(_ text: String, _ more: String = "") -> [String] {
      let answer = search(text, more)
      #expect(answer.status == 200, "\(answer)")
      return answer.each("name")
    }
  }

  @Test func accentsDoNotMatter() throws {
    let scene = try Scene()
    let found = ["Áo thun", "Áo thun dài tay", "Váy đầm"]
    for text in ["ao thun", "Áo thun", "ÁO THUN", "áo  thun", "thun ao"] {
      #expect(Set(scene.names(text)) == Set(found), "\(text)")
    }
    #expect(scene.names("ao thun") == found)
    #expect(scene.names("den ban") == ["Đèn bàn"])
    #expect(scene.names("đèn bàn") == ["Đèn bàn"])
    #expect(scene.names("vay dam") == ["Váy đầm"])
  }

  @Test func exactNamesComeFirstThenNamesThenDescriptions() throws {
    let scene = try Scene()
    #expect(scene.names("headphones").first == "Headphones")
    #expect(scene.names("headphones").last == "Đèn bàn")
    #expect(Set(scene.names("headphones")).count == 4)
  }

  @Test func aWordMayBeUnfinishedOrMistyped() throws {
    let scene = try Scene()
    #expect(Set(scene.names("head")).count == 4)
    #expect(scene.names("wirel") == ["Wireless Headphones"])
    for text in ["headfone", "headpones", "hedphones"] {
      #expect(scene.names(text).contains("Headphones"), "\(text)")
    }
    #expect(scene.names("wireles hedphones") == ["Wireless Headphones"])
    #expect(scene.names("zzzzqqqq") == [])
  }

  @Test func singularFindsPluralAndTheOtherWayRound() throws {
    let scene = try Scene()
    #expect(scene.names("headphone wireless") == ["Wireless Headphones"])
    #expect(scene.names("headphones stand") == ["Headphone stand"])
  }

  @Test func namesOfShopsAndCategoriesAreFoundAlsoAfterARename() throws {
    let scene = try Scene()
    #expect(scene.names("techhouse").count == 4)
    #expect(scene.names("techhouse wireless") == ["Wireless Headphones"])
    #expect(scene.names("quan ao").count == 3)
    _ = scene.market.shops.send(
      "PUT", "/api/v1/shops/\(scene.tech.shop)", token: scene.tech.token,
      json: ["name": "Gadgetry"])
    _ = scene.market.catalog.send(
      "PUT", "/api/v1/categories/\(scene.clothes)", token: scene.admin.token,
      json: ["name": "Fashion"])
    #expect(scene.names("techhouse") == [])
    #expect(scene.names("gadgetry").count == 4)
    #expect(scene.names("fashion").count == 3)
    let renamed = scene.market.get("/products?limit=1").data?[0]
    _ = scene.market.put(scene.tech, renamed?.id ?? "?", ["name": "Lampshade"])
    #expect(scene.names("lampshade") == ["Lampshade"])
    #expect(scene.names("lampsade") == ["Lampshade"])
  }

  @Test func aCategoryAboveIsFoundToo() throws {
    let scene = try Scene()
    let all = try scene.market.category("Everything", scene.admin)
    _ = scene.market.catalog.send(
      "PUT", "/api/v1/categories/\(scene.audio)", token: scene.admin.token,
      json: ["parent_id": .string(all)])
    #expect(scene.names("everything").count == 3)
  }

  @Test func filtersNarrowDown() throws {
    let scene = try Scene()
    #expect(scene.names("headphones", "&category_id=\(scene.audio)").count == 3)
    #expect(scene.names("headphones", "&shop_id=\(scene.nha.shop)") == [])
    #expect(
      scene.names("headphones", "&min_price=100000&max_price=700000&sort=price")
        == ["Đèn bàn", "Headphones"])
    #expect(scene.names("ao", "&attr.Size=M") == ["Áo thun"])
    #expect(scene.names("headphones", "&attr.Hours=30") == ["Headphones"])
    #expect(
      Set(scene.names("ao", "&attr.M%C3%A0u=Xanh&attr.M%C3%A0u=%C4%90%E1%BB%8F"))
        == ["Áo thun", "Áo thun dài tay", "Váy đầm"])
    #expect(scene.names("ao", "&in_stock=false") == [])
    #expect(scene.names("ao", "&min_rating=1") == [])
  }

  @Test func aListTakesTheSameWords() throws {
    let scene = try Scene()
    let list = scene.market.get("/products?q=ao+thun")
    #expect(list.each("name") == scene.names("ao thun"))
    #expect(list.json["meta"]?["facets"] == nil)
    let sorted = scene.market.get("/products?q=ao+thun&sort=-price&page=1&limit=2")
    #expect(sorted.each("name") == ["Váy đầm", "Áo thun dài tay"])
    #expect(sorted.total == 3)
  }

  @Test func cursorsLeadThroughAllHits() throws {
    let scene = try Scene()
    for sort in ["relevance", "price", "-price", "newest", "best_selling", "rating"] {
      let all = scene.names("headphones", "&sort=\(sort)")
      var (seen, cursor): ([String], String?) = ([], "")
      while let next = cursor {
        let answer = scene.search("headphones", "&sort=\(sort)&limit=1&cursor=\(next)")
        #expect(answer.total == 4, "\(answer)")
        seen += answer.each("name")
        cursor = answer.json["meta"]?["next_cursor"]?.string
      }
      #expect(seen == all, "\(sort)")
    }
  }

  @Test func suggestionsComeAsOneTypes() throws {
    let scene = try Scene()
    func suggest(_ text: String) -> [String] {
      scene.market.get("/products/suggest?q=\(escaped(text))").data?.array?.map {
        "\($0["kind"]?.string ?? "?") \($0["text"]?.string ?? "?")"
      } ?? []
    }
    #expect(suggest("a").prefix(2) == ["category Quần áo", "category Audio gear"])
    #expect(suggest("head").prefix(2).allSatisfy { $0.hasPrefix("product Head") })
    #expect(suggest("nh") == ["shop Nhà Xanh"] + suggest("nh").dropFirst())
    #expect(suggest("headfone").contains("product Headphones"))
    #expect(suggest("ao thun d").first == "product Áo thun dài tay")
    #expect(suggest("👕") == [])
    #expect(scene.market.get("/products/suggest?q=").violations == ["q required"])
    #expect(scene.market.get("/products/suggest?q=a&limit=21").violations == ["limit out_of_range"])
  }
}

/// Percent-coded for a query.
func escaped(_ text: String) -> String {
  text.utf8.map { byte in
    let isPlain = (48...57).contains(byte) || (97...122).contains(byte)
    return isPlain ? String(Unicode.Scalar(byte)) : "%" + Hex.encode([byte])
  }.joined()
}
