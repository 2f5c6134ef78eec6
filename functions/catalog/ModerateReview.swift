import Catalog
import Core
import HTTP
import Middleware

@Sendable func moderateReview(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ReviewKind.self)
  let body: ModerateReviewRequest = try call.body()
  return try call.write { transaction in
    let review = try call.catalogue.moderateReview(
      id, by: caller.user, to: body.status, reason: body.reason, check: call.requireMatch,
      in: transaction)
    return try .data(review, version: review.version)
  }
}

struct ModerateReviewRequest: RequestBody {
  let status: ReviewStatus
  let reason: String?

  init(_ fields: inout Fields) {
    status = fields.choice("status", else: .published)
    reason = fields.optionalText("reason", 0...500, .prose)
  }
}
