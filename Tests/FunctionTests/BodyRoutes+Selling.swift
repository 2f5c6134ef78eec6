import Core
import JSON

/// Stock, promotions and carts. `{goods}`, `{shop}` and `{promotion}` stand for what a scene puts
/// there.
extension BodyRoute {
  private static let promotion: JSONValue = [
    "name": "Spring", "type": "percentage", "value": 10, "starts_at": "2026-01-01T00:00:00Z",
    "ends_at": "2126-01-01T00:00:00Z",
  ]

  static let selling = [
    BodyRoute(
      "PUT", "/api/v1/inventory/{goods}", [.seller],
      ["delta": 1, "reason": "found", "reference": "note"], texts: ["reason", "reference"]),
    BodyRoute(
      "POST", "/api/v1/inventory/check-availability", nil,
      ["items": [["product_id": "prd_00000000000000000000000000", "quantity": 1]]]),
    BodyRoute(
      "POST", "/api/v1/shops/{shop}/promotions", [.seller], promotion, texts: ["name", "code"]),
    BodyRoute(
      "PUT", "/api/v1/shops/{shop}/promotions/{promotion}", [.seller], promotion,
      texts: ["name", "code"]),
    BodyRoute(
      "POST", "/api/v1/cart/items", [],
      ["variant_id": "var_00000000000000000000000000", "quantity": 1]),
    BodyRoute("PUT", "/api/v1/cart/items/{goods}", [], ["quantity": 2]),
    BodyRoute("POST", "/api/v1/cart/promotions", [], ["code": "SPRING"], texts: ["code"]),
    BodyRoute(
      "POST", "/api/v1/orders", [],
      [
        "items": [["variant_id": "var_00000000000000000000000000", "quantity": 1]],
        "address_id": "adr_00000000000000000000000000", "payment": ["provider": "wallet"],
      ]),
    BodyRoute(
      "POST", "/api/v1/orders/{order}/returns", [], ["reason": "Broken"],
      texts: ["reason"]),
    BodyRoute(
      "PUT", "/api/v1/returns/{return}", [.seller],
      ["status": "approved", "note": "Fine"], texts: ["note"]),
    BodyRoute(
      "PUT", "/api/v1/parcels/{parcel}", [.seller],
      ["carrier": "Post", "tracking": "VN1", "note": "Soon"],
      texts: ["carrier", "tracking", "note"]),
    BodyRoute("PUT", "/api/v1/notifications/preferences", [], ["orders": ["mail": false]]),
  ]
}
