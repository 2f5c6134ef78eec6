// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "POST", "/api/v1/orders", "place_order",
      access: .user, rate: signedInRate, idempotency: .honoured),
    placeOrder),
  Route(
    RouteSpec(
      "GET", "/api/v1/orders", "list_orders",
      access: .user, rate: signedInRate),
    listOrders),
  Route(
    RouteSpec(
      "GET", "/api/v1/orders/{id}", "get_order",
      access: .user, rate: signedInRate),
    getOrder),
  Route(
    RouteSpec(
      "GET", "/api/v1/orders/{id}/timeline", "get_order_timeline",
      access: .user, rate: signedInRate),
    getOrderTimeline),
  Route(
    RouteSpec(
      "POST", "/api/v1/orders/{id}/cancel", "cancel_order",
      access: .user, rate: signedInRate, idempotency: .honoured),
    cancelOrder),
  Route(
    RouteSpec(
      "POST", "/api/v1/orders/{id}/returns", "request_return",
      access: .user, rate: signedInRate, idempotency: .honoured),
    requestReturn),
  Route(
    RouteSpec(
      "GET", "/api/v1/returns/{id}", "get_return",
      access: .user, rate: signedInRate),
    getReturn),
  Route(
    RouteSpec(
      "PUT", "/api/v1/returns/{id}", "update_return",
      access: .seller, rate: signedInRate),
    updateReturn),
  Route(
    RouteSpec(
      "GET", "/api/v1/shops/{id}/orders", "list_shop_orders",
      access: .seller, rate: signedInRate),
    listShopOrders),
  Route(
    RouteSpec(
      "PUT", "/api/v1/parcels/{id}", "update_parcel",
      access: .seller, rate: signedInRate),
    updateParcel),
  Route(
    RouteSpec(
      "GET", "/api/v1/deliveries", "list_deliveries",
      access: .shipper, rate: signedInRate),
    listDeliveries),
  Route(
    RouteSpec(
      "POST", "/api/v1/deliveries/{parcel_id}/claim", "claim_parcel",
      access: .shipper, rate: signedInRate, idempotency: .honoured),
    claimParcel),
  Route(
    RouteSpec(
      "POST", "/api/v1/deliveries/{parcel_id}/pickup", "pick_up_parcel",
      access: .shipper, rate: signedInRate, idempotency: .honoured),
    pickUpParcel),
  Route(
    RouteSpec(
      "POST", "/api/v1/deliveries/{parcel_id}/deliver", "deliver_parcel",
      access: .shipper, rate: signedInRate, idempotency: .honoured),
    deliverParcel),
  Route(
    RouteSpec(
      "POST", "/api/v1/deliveries/{parcel_id}/fail", "fail_parcel",
      access: .shipper, rate: signedInRate, idempotency: .honoured),
    failParcel),
]

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
