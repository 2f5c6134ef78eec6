package import Core
package import Postgres

package enum ReviewSort: String, CaseIterable, Sendable {
  case newest, rating
}

/// The published reviews of a product that anybody may see.
package enum ReviewDirectory {
  package struct Place: Sendable {
    package let value: Int
    package let id: ReviewID

    package init(value: Int, id: ReviewID) {
      self.value = value
      self.id = id
    }
  }

  package struct Summary: Sendable {
    package let average: Double
    package let count: Int
  }

  /// One more than `limit`. The summary is nil when nobody may see the product.
  package static func list(
    of product: ProductID, _ sort: ReviewSort, after place: Place?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (reviews: [Review], summary: Summary?) {
    let (reviews, summaries) = try database.read(
      Query(
        """
        SELECT \(ReviewStore.columns) FROM catalog.reviews AS v \(ReviewStore.author)
        WHERE v.product_id = \(product) AND v.status = 'published'
          \(place.map { beyond($0, sort) } ?? "")
        ORDER BY \(unescaped: sort == .newest ? "v.created_at" : "v.rating") DESC, v.id DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try Review(&row) },
      Query(
        """
        SELECT p.rating, p.rating_count FROM catalog.products AS p
        JOIN shops_api.shops AS s ON s.id = p.shop_id
        WHERE p.id = \(product) AND p.status = 'active' AND s.status = 'active'
        """
      ) { row in
        Summary(average: Double(try row.next() as Int) / 100, count: try row.next())
      })
    return (reviews, summaries.first)
  }

  package static func place(of review: Review, _ sort: ReviewSort) -> Place {
    switch sort {
    case .newest: Place(value: Int(review.createdAt.microseconds), id: review.id)
    case .rating: Place(value: review.rating, id: review.id)
    }
  }

  private static func beyond(_ place: Place, _ sort: ReviewSort) -> SQL {
    switch sort {
    case .newest:
      """
      AND (v.created_at, v.id)
        < (\(Timestamp(microseconds: Int64(place.value))), \(place.id))
      """
    case .rating: "AND (v.rating, v.id) < (\(place.value), \(place.id))"
    }
  }
}
