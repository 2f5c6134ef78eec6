// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/inventory/{product_id}", "get_inventory",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    getInventory),
  Route(
    RouteSpec(
      "PUT", "/api/v1/inventory/{product_id}", "adjust_stock",
      access: .seller, rate: signedInRate, idempotency: .required),
    adjustStock),
  Route(
    RouteSpec(
      "GET", "/api/v1/inventory/{product_id}/history", "list_movements",
      access: .seller, rate: signedInRate),
    listMovements),
  Route(
    RouteSpec(
      "POST", "/api/v1/inventory/check-availability", "check_availability",
      access: .public, rate: publicRate),
    checkAvailability),
  Route(
    RouteSpec(
      "GET", "/api/v1/shops/{id}/low-stock", "list_low_stock",
      access: .seller, rate: signedInRate),
    listLowStock),
]

private let publicRate = RateClass(
  "public", by: .ip, count: 50, seconds: 1, burst: 100)

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
