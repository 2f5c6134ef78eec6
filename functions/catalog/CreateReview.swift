import Catalog
import Core
import HTTP
import Middleware

@Sendable func createReview(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let product = try call.id(ProductKind.self)
  let body: CreateReviewRequest = try call.body()
  return try call.write { transaction in
    let review = try call.catalogue.createReview(
      of: product, by: caller.user, rating: body.rating, text: body.text, in: transaction)
    return try .created(
      review, at: "/api/v1/products/\(product)/reviews", version: review.version)
  }
}

struct CreateReviewRequest: RequestBody {
  let rating: Int
  let text: String

  init(_ fields: inout Fields) {
    rating = fields.integer("rating", in: 1...5)
    text = fields.optionalText("text", 0...5000, .prose) ?? ""
  }
}
