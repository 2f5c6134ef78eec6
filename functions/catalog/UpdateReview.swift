import Catalog
import Core
import HTTP
import Middleware

@Sendable func updateReview(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ReviewKind.self)
  let body: UpdateReviewRequest = try call.body()
  return try call.write { transaction in
    let review = try call.catalogue.changeReview(
      id, by: caller.user, ReviewChanges(rating: body.rating, text: body.text),
      check: call.requireMatch, in: transaction)
    return try .data(review, version: review.version)
  }
}

struct UpdateReviewRequest: RequestBody {
  let rating: Int?
  let text: String?

  init(_ fields: inout Fields) {
    rating = fields.optionalInteger("rating", in: 1...5)
    text = fields.optionalText("text", 0...5000, .prose)
  }
}
