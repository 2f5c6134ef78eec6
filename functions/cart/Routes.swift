// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/cart", "get_cart",
      access: .guest, rate: signedInRate),
    getCart),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/cart", "clear_cart",
      access: .guest, rate: signedInRate),
    clearCart),
  Route(
    RouteSpec(
      "POST", "/api/v1/cart/items", "add_cart_item",
      access: .guest, rate: signedInRate, idempotency: .honoured),
    addCartItem),
  Route(
    RouteSpec(
      "PUT", "/api/v1/cart/items/{id}", "update_cart_item",
      access: .guest, rate: signedInRate),
    updateCartItem),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/cart/items/{id}", "remove_cart_item",
      access: .guest, rate: signedInRate),
    removeCartItem),
  Route(
    RouteSpec(
      "POST", "/api/v1/cart/promotions", "add_cart_promotion",
      access: .guest, rate: signedInRate, idempotency: .honoured),
    addCartPromotion),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/cart/promotions/{code}", "remove_cart_promotion",
      access: .guest, rate: signedInRate),
    removeCartPromotion),
]

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
