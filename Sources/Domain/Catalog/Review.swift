package import Core
internal import HTTP
package import JSON
internal import Postgres

package enum ReviewKind: IDKind {
  package static let prefix = "rev"
}

package typealias ReviewID = ID<ReviewKind>

package enum ReviewStatus: String, CaseIterable, Sendable, Encodable, Bindable, Column {
  case published, hidden
}

package struct Review: Encodable, Sendable {
  package let id: ReviewID
  package let productId: ProductID
  package let user: Author
  package let rating: Int
  package let text: String
  package let status: ReviewStatus
  package let version: Int
  package let createdAt: Timestamp
  package let updatedAt: Timestamp

  package struct Author: Encodable, Sendable {
    package let id: UserID
    package let fullName: String
    @ExplicitNull package var avatarUrl: String?
  }

  /// In the order of `ReviewStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    productId = try row.next()
    user = Author(
      id: try row.next(), fullName: try row.next(),
      avatarUrl: try row.next())
    rating = try row.next()
    text = try row.next()
    status = try row.next()
    version = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }
}
