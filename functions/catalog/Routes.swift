// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/categories", "list_categories",
      access: .public, rate: publicRate, cacheSeconds: 1),
    listCategories),
  Route(
    RouteSpec(
      "POST", "/api/v1/categories", "create_category",
      access: .admin, rate: signedInRate, idempotency: .honoured),
    createCategory),
  Route(
    RouteSpec(
      "GET", "/api/v1/categories/{id}", "get_category",
      access: .public, rate: publicRate, cacheSeconds: 1),
    getCategory),
  Route(
    RouteSpec(
      "PUT", "/api/v1/categories/{id}", "update_category",
      access: .admin, rate: signedInRate),
    updateCategory),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/categories/{id}", "delete_category",
      access: .admin, rate: signedInRate),
    deleteCategory),
  Route(
    RouteSpec(
      "GET", "/api/v1/products", "list_products",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    listProducts),
  Route(
    RouteSpec(
      "POST", "/api/v1/products", "create_products",
      access: .seller, rate: signedInRate, idempotency: .honoured),
    createProducts),
  Route(
    RouteSpec(
      "GET", "/api/v1/products/search", "search_products",
      access: .public, rate: publicRate, cacheSeconds: 1),
    searchProducts),
  Route(
    RouteSpec(
      "GET", "/api/v1/products/suggest", "suggest_products",
      access: .public, rate: publicRate, cacheSeconds: 1),
    suggestProducts),
  Route(
    RouteSpec(
      "GET", "/api/v1/products/{id}", "get_product",
      access: .guest, rate: publicRate, cacheSeconds: 1),
    getProduct),
  Route(
    RouteSpec(
      "PUT", "/api/v1/products/{id}", "update_product",
      access: .seller, rate: signedInRate),
    updateProduct),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/products/{id}", "delete_product",
      access: .seller, rate: signedInRate),
    deleteProduct),
  Route(
    RouteSpec(
      "GET", "/api/v1/products/{id}/prices", "list_product_prices",
      access: .seller, rate: signedInRate),
    listProductPrices),
  Route(
    RouteSpec(
      "GET", "/api/v1/products/{id}/reviews", "list_reviews",
      access: .public, rate: publicRate, cacheSeconds: 1),
    listReviews),
  Route(
    RouteSpec(
      "POST", "/api/v1/products/{id}/reviews", "create_review",
      access: .user, rate: signedInRate, idempotency: .honoured),
    createReview),
  Route(
    RouteSpec(
      "PUT", "/api/v1/reviews/{id}", "update_review",
      access: .user, rate: signedInRate),
    updateReview),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/reviews/{id}", "delete_review",
      access: .user, rate: signedInRate),
    deleteReview),
  Route(
    RouteSpec(
      "PUT", "/api/v1/admin/reviews/{id}", "moderate_review",
      access: .admin, rate: signedInRate),
    moderateReview),
]

private let publicRate = RateClass(
  "public", by: .ip, count: 50, seconds: 1, burst: 100)

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
