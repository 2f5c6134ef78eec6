// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/shops", "list_shops",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    listShops),
  Route(
    RouteSpec(
      "POST", "/api/v1/shops", "create_shop",
      access: .user, rate: signedInRate, idempotency: .honoured),
    createShop),
  Route(
    RouteSpec(
      "GET", "/api/v1/shops/{id}", "get_shop",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    getShop),
  Route(
    RouteSpec(
      "PUT", "/api/v1/shops/{id}", "update_shop",
      access: .seller, rate: signedInRate),
    updateShop),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/shops/{id}", "delete_shop",
      access: .seller, rate: signedInRate),
    deleteShop),
  Route(
    RouteSpec(
      "GET", "/api/v1/shops/{id}/promotions", "list_promotions",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    listPromotions),
  Route(
    RouteSpec(
      "POST", "/api/v1/shops/{id}/promotions", "create_promotion",
      access: .seller, rate: signedInRate, idempotency: .honoured),
    createPromotion),
  Route(
    RouteSpec(
      "GET", "/api/v1/shops/{id}/promotions/{promo_id}", "get_promotion",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    getPromotion),
  Route(
    RouteSpec(
      "PUT", "/api/v1/shops/{id}/promotions/{promo_id}", "update_promotion",
      access: .seller, rate: signedInRate),
    updatePromotion),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/shops/{id}/promotions/{promo_id}", "delete_promotion",
      access: .seller, rate: signedInRate),
    deletePromotion),
]

private let publicRate = RateClass(
  "public", by: .ip, count: 50, seconds: 1, burst: 100)

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
