import Catalog
import Core
import HTTP
import Middleware

@Sendable func deleteReview(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ReviewKind.self)
  return try call.write { transaction in
    try call.catalogue.deleteReview(
      id, by: caller, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
