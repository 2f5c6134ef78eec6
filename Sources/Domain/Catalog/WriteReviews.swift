package import Core
internal import Events
package import Middleware
package import Postgres

/// What an author changes about their review.
package struct ReviewChanges: Sendable {
  package let rating: Int?
  package let text: String?

  package init(rating: Int?, text: String?) {
    self.rating = rating
    self.text = text
  }
}

extension Catalogue {
  /// Throws `noSuchProduct`, `notDelivered`, `alreadyReviewed`.
  package func createReview(
    of product: ProductID, by user: UserID, rating: Int, text: String, in transaction: Transaction
  ) throws -> Review {
    guard let standing = try ReviewStore.standing(of: user, on: product, in: transaction),
      standing.isPublic || standing.isDelivered
    else { throw CatalogError.noSuchProduct }
    guard standing.isDelivered else { throw CatalogError.notDelivered }
    let id = ids.id(ReviewKind.self)
    let isFirst = try ReviewStore.insert(
      id, of: product, by: user, rating: rating, text: text, at: now, in: transaction)
    guard isFirst else { throw CatalogError.alreadyReviewed }
    try announce(
      ProductReviewed(productId: product, userId: user, rating: rating), in: transaction)
    return try found(ReviewStore.find(id, in: transaction))
  }

  /// Throws `noSuchReview` also where it is somebody else's.
  package func changeReview(
    _ id: ReviewID, by user: UserID, _ changes: ReviewChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> Review {
    let review = try found(ReviewStore.lock(id, in: transaction))
    guard review.user.id == user else { throw CatalogError.noSuchReview }
    try check(review.version)
    ReviewStore.update(
      id, rating: changes.rating ?? review.rating, text: changes.text ?? review.text,
      status: review.status, at: now, in: transaction)
    return try found(ReviewStore.find(id, in: transaction))
  }

  /// Its author may, and an administrator.
  package func deleteReview(
    _ id: ReviewID, by caller: Caller, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    let review = try found(ReviewStore.lock(id, in: transaction))
    guard caller.manages(whatIsOf: review.user.id) else { throw CatalogError.noSuchReview }
    try check(review.version)
    ReviewStore.delete(id, in: transaction)
  }

  /// Hides a review, or shows it again. A hidden one does not count.
  package func moderateReview(
    _ id: ReviewID, by actor: UserID, to status: ReviewStatus, reason: String?,
    check: (Int) throws -> Void, in transaction: Transaction
  ) throws -> Review {
    let review = try found(ReviewStore.lock(id, in: transaction))
    try check(review.version)
    guard status != review.status else { return review }
    ReviewStore.update(
      id, rating: review.rating, text: review.text, status: status, at: now, in: transaction)
    ReviewStore.audit(
      ReviewStore.AuditEntry(
        actor: actor, review: id, before: review.status, after: status, reason: reason,
        requestID: requestID),
      id: ids.uuid(), at: now, in: transaction)
    return try found(ReviewStore.find(id, in: transaction))
  }

  private func found(_ review: Review?) throws -> Review {
    guard let review else { throw CatalogError.noSuchReview }
    return review
  }
}
