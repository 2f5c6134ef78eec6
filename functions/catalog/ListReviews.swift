import Catalog
import Core
import HTTP
import Middleware

@Sendable func listReviews(_ call: Call) throws -> Response {
  let product = try call.id(ProductKind.self)
  var query = try call.query()
  let sort = query.choice("sort", ReviewSort.self) ?? .newest
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let (found, summary) = try ReviewDirectory.list(
    of: product, sort, after: try paging.place(in: "reviews") { Place($0, sort) },
    limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let summary else { throw CatalogError.noSuchProduct }
  let (reviews, cursor) = paging.cut(found, sealing: call.shared.cursors) {
    let place = ReviewDirectory.place(of: $0, sort)
    return ["reviews", sort.rawValue, String(place.value), place.id.description]
  }
  return try .list(reviews, meta: ReviewsMeta(paging, cursor, summary))
}

private typealias Place = ReviewDirectory.Place

extension ReviewDirectory.Place {
  /// Nil where the cursor is of another order of the list.
  fileprivate init?(_ values: [String], _ sort: ReviewSort) {
    guard values.count == 3, values[0] == sort.rawValue, let value = Int(values[1]),
      let id = ReviewID(values[2])
    else { return nil }
    self.init(value: value, id: id)
  }
}

/// Tells of the list, by page or by cursor, and what its reviews come to.
private struct ReviewsMeta: Encodable {
  let paging: Paging
  let cursor: CursorMeta
  let summary: ReviewDirectory.Summary

  init(_ paging: Paging, _ cursor: CursorMeta, _ summary: ReviewDirectory.Summary) {
    self.paging = paging
    self.cursor = cursor
    self.summary = summary
  }

  private enum CodingKeys: String, CodingKey {
    case ratingAverage, ratingCount
  }

  func encode(to encoder: any Encoder) throws {
    if case .page(let page) = paging.position {
      try PageMeta(page: page, limit: paging.limit, total: summary.count).encode(to: encoder)
    } else {
      try cursor.encode(to: encoder)
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(summary.average, forKey: .ratingAverage)
    try container.encode(summary.count, forKey: .ratingCount)
  }
}
