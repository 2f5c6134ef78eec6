import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Testing
import catalog
import shops

/// What is a seller's is for them and for administrators, whoever else is signed in.
@Suite struct MarketRightsTests {
  private struct Scene {
    let market: Market
    let owner: Seller
    let other: Seller
    let admin: Visitor
    let product, review: String

    init() throws {
      market = try Market()
      owner = try market.seller("Owner")
      other = try market.seller("Other")
      admin = try market.bazaar.visitor([.admin])
      product = try market.product(owner).id
      try market.deliver(product, to: owner.visitor)
      let answer = market.catalog.send(
        "POST", "/api/v1/products/\(product)/reviews", token: owner.token, json: ["rating": 5])
      review = answer.data?.id ?? "?"
    }

    func path(_ pattern: String) -> String {
      let id =
        pattern.contains("/shops")
        ? owner.shop
        : pattern.contains("/reviews/{id}")
          ? review : product
      return pattern.split(separator: "/").map { $0 == "{id}" ? id : String($0) }
        .reduce("") { "\($0)/\($1)" }
    }

    func send(_ spec: RouteSpec, _ token: String) -> TestAnswer {
      let function = spec.path.contains("/shops") ? market.shops : market.catalog
      return function.send(
        spec.method, path(spec.path), token: token, json: ["name": "Changed", "rating": 1])
    }
  }

  /// Routes that change or tell what is somebody's.
  private static let owned = (shops.routes + catalog.routes).map(\.spec).filter { spec in
    let isOwners = [.seller, .user].contains(spec.access) && spec.path.hasSuffix("{id}")
    return isOwners || spec.operation == "list_product_prices"
  }

  @Test func strangersFindNothingToChange() throws {
    let scene = try Scene()
    #expect(Self.owned.count == 7)
    let customer = try scene.market.bazaar.visitor()
    let before = try scene.market.stack.database.contents()
    for spec in Self.owned {
      let answer = scene.send(spec, scene.other.token)
      #expect(answer.isProblem(404, "not_found"), "\(spec.operation): \(answer)")
      let refused = scene.send(spec, customer.token)
      #expect(
        refused.isProblem(403, "role_required") || refused.isProblem(404, "not_found"),
        "\(spec.operation): \(refused)")
    }
    #expect(try scene.market.stack.database.contents() == before)
  }

  @Test func ownersMay() throws {
    for spec in Self.owned {
      let scene = try Scene()
      let answer = scene.send(spec, scene.owner.token)
      #expect([200, 204].contains(answer.status), "\(spec.operation): \(answer)")
    }
  }

  @Test func administratorsMayButNotSpeakForAnAuthor() throws {
    for spec in Self.owned {
      let scene = try Scene()
      let answer = scene.send(spec, scene.admin.token)
      let isWords = spec.operation == "update_review"
      #expect(
        isWords ? answer.status == 404 : [200, 204].contains(answer.status),
        "\(spec.operation): \(answer)")
    }
  }
}
