import Core
import JSON
import KitTesting
import Postgres
import Testing

/// What sellers and administrators do about shops and what is sold there, and customers about what
/// they got.
extension WriteCase {
  static let shopkeeping = [
    WriteCase(
      "create_shop",
      """
      SELECT count(*) FROM shops.shops AS s JOIN identity.users AS u ON u.id = s.owner_id
      WHERE 'seller' = ANY (u.roles)
      """
    ) { scene in
      WriteRequest(
        "shops", "POST", "/shops", as: try scene.bazaar.visitor(),
        ["name": "Stall", "currency": "USD"])
    },
    WriteCase("update_shop", moved("paused")) { scene in
      let (owner, shop) = try scene.ownShop()
      return WriteRequest("shops", "PUT", "/shops/\(shop)", as: owner, ["status": "paused"])
    },
    WriteCase("delete_shop", moved("archived")) { scene in
      let (owner, shop) = try scene.ownShop()
      return WriteRequest("shops", "DELETE", "/shops/\(shop)", as: owner, nil)
    },
    WriteCase("create_promotion", "SELECT count(*) FROM promotions.promotions") { scene in
      let scene = try PromotionScene(scene.bazaar)
      return WriteRequest(
        "shops", "POST", "/shops/\(scene.shop)/promotions", as: scene.seller, scene.body())
    },
    WriteCase(
      "update_promotion", "SELECT count(*) FROM promotions.promotions WHERE name = 'Summer'"
    ) { scene in
      let scene = try PromotionScene(scene.bazaar)
      let path = "/shops/\(scene.shop)/promotions/\(try scene.made())"
      return WriteRequest("shops", "PUT", path, as: scene.seller, ["name": "Summer"])
    },
    WriteCase(
      "delete_promotion",
      "SELECT count(*) FROM promotions.promotions WHERE deleted_at IS NOT NULL"
    ) { scene in
      let scene = try PromotionScene(scene.bazaar)
      let path = "/shops/\(scene.shop)/promotions/\(try scene.made())"
      return WriteRequest("shops", "DELETE", path, as: scene.seller, nil)
    },
  ]

  /// Shops that came to this, and were said to have come to it once.
  private static func moved(_ status: String) -> SQL {
    """
    SELECT count(*) FROM shops.shops AS s
    JOIN outbox.events AS e ON e.aggregate_id = s.id AND e.type = 'shop.status_changed.v1'
    WHERE s.status = \(status)
    """
  }

  static let arranging = [
    WriteCase("create_category", below) { scene in
      let (admin, parent) = try scene.category()
      return WriteRequest(
        "catalog", "POST", "/categories", as: admin,
        ["name": "Tea", "slug": .string(scene.slug()), "parent_id": .string(parent)])
    },
    WriteCase("update_category", below) { scene in
      let (admin, parent) = try scene.category()
      let path = "/categories/\(try scene.category().id)"
      return WriteRequest("catalog", "PUT", path, as: admin, ["parent_id": .string(parent)])
    },
    WriteCase("delete_category", "SELECT 1000000 - count(*) FROM catalog.categories") { scene in
      let (admin, category) = try scene.category()
      return WriteRequest("catalog", "DELETE", "/categories/\(category)", as: admin, nil)
    },
    WriteCase(
      "create_products",
      """
      SELECT count(*) FROM catalog.products AS p
      JOIN catalog.variants AS v ON v.product_id = p.id
      JOIN inventory.stock AS s ON s.variant_id = v.id
      JOIN outbox.events AS e ON e.aggregate_id = p.id AND e.type = 'product.created.v1'
      """
    ) { scene in
      let seller = try Market(on: scene.bazaar).seller()
      return WriteRequest(
        "catalog", "POST", "/products", as: seller.visitor, seller.product(["stock": 5]))
    },
    WriteCase("update_product", "SELECT count(*) FROM catalog.price_history WHERE price = 99") {
      scene in
      let (seller, product) = try scene.product()
      return WriteRequest(
        "catalog", "PUT", "/products/\(product)", as: seller, ["price": scene.money(99, "VND")])
    },
    WriteCase(
      "delete_product",
      """
      SELECT count(*) FROM catalog.products AS p
      JOIN outbox.events AS e ON e.aggregate_id = p.id AND e.type = 'product.changed.v1'
      WHERE p.status = 'archived'
      """
    ) { scene in
      let (seller, product) = try scene.product()
      return WriteRequest("catalog", "DELETE", "/products/\(product)", as: seller, nil)
    },
  ]

  /// Categories that stand right below another.
  private static let below: SQL =
    "SELECT count(*) FROM catalog.category_ancestors WHERE distance = 1"

  static let reviewing = [
    WriteCase("create_review", "SELECT \(ratings("count"))") { scene in
      let author = try scene.bazaar.visitor()
      try Market(on: scene.bazaar).deliver(scene.goods.id, to: author)
      return WriteRequest(
        "catalog", "POST", "/products/\(scene.goods.id)/reviews", as: author, ["rating": 4])
    },
    WriteCase("update_review", "SELECT \(ratings("sum"))") { scene in
      let (author, review) = try scene.review()
      return WriteRequest("catalog", "PUT", "/reviews/\(review)", as: author, ["rating": 5])
    },
    WriteCase("delete_review", "SELECT 1000000 - \(ratings("count"))") { scene in
      let (author, review) = try scene.review()
      return WriteRequest("catalog", "DELETE", "/reviews/\(review)", as: author, nil)
    },
    WriteCase(
      "moderate_review",
      """
      SELECT count(*) FROM catalog.reviews AS r JOIN catalog.audit AS a ON a.review_id = r.id
      WHERE r.status = 'hidden'
      """
    ) { scene in
      let path = "/admin/reviews/\(try scene.review().id)"
      return WriteRequest(
        "catalog", "PUT", path, as: try scene.bazaar.visitor([.admin]), ["status": "hidden"])
    },
  ]

  /// What the reviews of all shops come to.
  private static func ratings(_ what: String) -> SQL {
    "(SELECT COALESCE(sum(r.rating_\(unescaped: what)), 0)::bigint FROM catalog.shop_ratings AS r)"
  }
}

extension OrderScene {
  fileprivate func ownShop() throws -> (owner: Visitor, shop: ShopID) {
    let owner = try bazaar.visitor([.seller])
    return (owner, try bazaar.shop(of: owner))
  }

  fileprivate func slug() -> String { "tea-\(IDSource().uuid())" }

  /// One at the top, and somebody who may change it.
  fileprivate func category() throws -> (admin: Visitor, id: String) {
    let admin = try bazaar.visitor([.admin])
    let answer = try Market.catalog(on: bazaar.stack).send(
      "POST", "/api/v1/categories", token: admin.token,
      json: ["name": "Drinks", "slug": .string(slug())])
    return (admin, try #require(answer.data?.id, "\(answer)"))
  }

  /// One that was made by its seller.
  fileprivate func product() throws -> (seller: Visitor, id: String) {
    let market = try Market(on: bazaar)
    let seller = try market.seller()
    return (seller.visitor, try market.product(seller).id)
  }

  /// Four stars.
  fileprivate func review() throws -> (author: Visitor, id: String) {
    let market = try Market(on: bazaar)
    let author = try bazaar.visitor()
    try market.deliver(goods.id, to: author)
    let answer = market.catalog.send(
      "POST", "/api/v1/products/\(goods.id)/reviews", token: author.token, json: ["rating": 4])
    return (author, try #require(answer.data?.id, "\(answer)"))
  }
}
