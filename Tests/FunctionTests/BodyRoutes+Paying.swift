import Core
import JSON

/// Payments, saved methods and wallets.
extension BodyRoute {
  static let paying = [
    BodyRoute(
      "POST", "/api/v1/payments/initiate", [],
      [
        "order_id": "ord_00000000000000000000000000", "provider": "wallet",
        "return_url": "https://shop.example/thanks",
      ], texts: ["provider", "method", "return_url"]),
    BodyRoute(
      "POST", "/api/v1/payments/refund", [.seller],
      ["payment_id": "pay_00000000000000000000000000", "reason": "broken"], texts: ["reason"]),
    BodyRoute(
      "POST", "/api/v1/payments/{payment}/refunds", [.seller], ["reason": "broken"],
      texts: ["reason"]),
    BodyRoute(
      "POST", "/api/v1/payment-methods", [], ["provider": "sandbox", "token": "tok_1"],
      texts: ["provider", "token", "brand", "last4", "label"]),
    BodyRoute(
      "PUT", "/api/v1/payment-methods/{method}", [], ["label": "Mine"], texts: ["label"]),
    BodyRoute(
      "POST", "/api/v1/wallet/topups", [],
      ["amount": ["amount": 1000, "currency": "USD"], "provider": "sandbox", "method": "approve"],
      texts: ["provider", "method", "return_url"]),
  ]
}
