// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "POST", "/api/v1/payments/initiate", "initiate_payment",
      access: .user, rate: signedInRate, idempotency: .honoured),
    initiatePayment),
  Route(
    RouteSpec(
      "GET", "/api/v1/payments", "list_payments",
      access: .user, rate: signedInRate),
    listPayments),
  Route(
    RouteSpec(
      "POST", "/api/v1/payments/refund", "refund_payment",
      access: .seller, rate: signedInRate, idempotency: .required),
    refundPayment),
  Route(
    RouteSpec(
      "GET", "/api/v1/payments/{id}", "get_payment",
      access: .user, rate: signedInRate),
    getPayment),
  Route(
    RouteSpec(
      "GET", "/api/v1/payments/order/{order_id}", "get_order_payment",
      access: .user, rate: signedInRate),
    getOrderPayment),
  Route(
    RouteSpec(
      "POST", "/api/v1/payments/{id}/confirm", "confirm_payment",
      access: .user, rate: signedInRate),
    confirmPayment),
  Route(
    RouteSpec(
      "GET", "/api/v1/payments/{id}/refunds", "list_refunds",
      access: .seller, rate: signedInRate),
    listRefunds),
  Route(
    RouteSpec(
      "POST", "/api/v1/payments/{id}/refunds", "create_refund",
      access: .seller, rate: signedInRate, idempotency: .required),
    createRefund),
  Route(
    RouteSpec(
      "GET", "/api/v1/payment-methods", "list_payment_methods",
      access: .user, rate: signedInRate),
    listPaymentMethods),
  Route(
    RouteSpec(
      "POST", "/api/v1/payment-methods", "save_payment_method",
      access: .user, rate: signedInRate, idempotency: .honoured),
    savePaymentMethod),
  Route(
    RouteSpec(
      "PUT", "/api/v1/payment-methods/{id}", "update_payment_method",
      access: .user, rate: signedInRate),
    updatePaymentMethod),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/payment-methods/{id}", "delete_payment_method",
      access: .user, rate: signedInRate),
    deletePaymentMethod),
  Route(
    RouteSpec(
      "PUT", "/api/v1/payment-methods/{id}/default", "set_default_payment_method",
      access: .user, rate: signedInRate),
    setDefaultPaymentMethod),
  Route(
    RouteSpec(
      "GET", "/api/v1/wallet", "get_wallet",
      access: .user, rate: signedInRate),
    getWallet),
  Route(
    RouteSpec(
      "GET", "/api/v1/wallet/transactions", "list_wallet_transactions",
      access: .user, rate: signedInRate),
    listWalletTransactions),
  Route(
    RouteSpec(
      "POST", "/api/v1/wallet/topups", "top_up_wallet",
      access: .user, rate: signedInRate, idempotency: .required),
    topUpWallet),
]

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
