import HTTP
import JSON
import KitTesting
import Testing

@Suite struct ShopListTests {
  /// Five shops of two owners: one paused, one archived.
  private struct Street {
    let market: Market
    let ana: Visitor
    let bea: Visitor

    init() throws {
      market = try Market()
      (ana, bea) = (try market.bazaar.visitor(), try market.bazaar.visitor())
      for (owner, name) in [
        (ana, "Áo Đẹp"), (bea, "Books"), (ana, "Cà phê"), (ana, "Gone"), (bea, "100% Wool"),
      ] {
        market.stack.clock.advance(by: .seconds(1))
        let shop = try market.openShop(owner.token, name)
        let path = "/api/v1/shops/\(shop)"
        if name == "Gone" {
          _ = market.shops.send("DELETE", path, token: owner.token, bytes: nil)
        } else if name == "Books" {
          _ = market.shops.send("PUT", path, token: owner.token, json: ["status": "paused"])
        }
      }
    }

    func list(_ query: String, _ token: String? = nil) -> TestAnswer {
      market.shops.send("GET", "/api/v1/shops\(query)", token: token, bytes: nil)
    }
  }

  @Test func theNewestComeFirstAndArchivedOnesNever() throws {
    let street = try Street()
    #expect(street.list("").each("name") == ["100% Wool", "Cà phê", "Books", "Áo Đẹp"])
    #expect(
      street.list("?sort=name").each("name") == ["100% Wool", "Áo Đẹp", "Books", "Cà phê"])
  }

  @Test func theOwnerSeesArchivedOnesToo() throws {
    let street = try Street()
    let query = "?owner_id=\(street.ana.id)"
    #expect(street.list(query).each("name") == ["Cà phê", "Áo Đẹp"])
    #expect(street.list(query, street.bea.token).each("name") == ["Cà phê", "Áo Đẹp"])
    #expect(street.list(query, street.ana.token).each("name") == ["Gone", "Cà phê", "Áo Đẹp"])
  }

  @Test func accentsDoNotMatterForTheName() throws {
    let street = try Street()
    #expect(street.list("?q=ao%20dep").each("name") == ["Áo Đẹp"])
    #expect(street.list("?q=CAPHE").each("name") == [])
    #expect(street.list("?q=c%C3%A0").each("name") == ["Cà phê"])
    #expect(street.list("?q=%25").each("name") == [])
    #expect(street.list("?q=%F0%9F%91%95").each("name") == [])
    #expect(street.list("?q=%20%20").each("name").count == 4)
  }

  @Test func cursorsAndPagesLeadThroughAll() throws {
    let street = try Street()
    for sort in ["newest", "name"] {
      let all = street.list("?sort=\(sort)").each("name")
      var (seen, cursor): ([String], String?) = ([], "")
      while let next = cursor {
        let answer = street.list("?sort=\(sort)&limit=1&cursor=\(next)")
        #expect(answer.status == 200, "\(answer)")
        seen += answer.each("name")
        cursor = answer.json["meta"]?["next_cursor"]?.string
      }
      #expect(seen == all)
      #expect(street.list("?sort=\(sort)&limit=3&page=2").each("name") == [all[3]])
    }
    #expect(street.list("?page=1").total == 4)
  }

  @Test func badQueriesAreRefused() throws {
    let street = try Street()
    let cursor = street.list("?limit=1").json["meta"]?["next_cursor"]?.string ?? "?"
    for (query, violation) in [
      ("?page=0", "page out_of_range"), ("?limit=100000", "limit out_of_range"),
      ("?sort=price", "sort not_a_choice"), ("?owner_id=shp_1", "owner_id invalid_id"),
      ("?cursor=\(cursor)x", "cursor invalid_cursor"),
      ("?sort=name&cursor=\(cursor)", "cursor invalid_cursor"),
    ] {
      #expect(street.list(query).violations == [violation], "\(query)")
    }
  }
}
