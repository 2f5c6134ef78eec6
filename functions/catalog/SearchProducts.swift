import Catalog
import Core
import HTTP
import Middleware

/// What is found, and how many more of what kind there are.
@Sendable func searchProducts(_ call: Call) throws -> Response {
  var query = try call.query()
  let filter = query.productFilter()
  let text = query.words("q", upTo: QueryString.textMax)
  if text == nil, query.violations.allSatisfy({ $0.field != "q" }) {
    query.refuse("q", "required", "Say what to look for.")
  }
  let sort = query.choice("sort", ProductSort.self) ?? .relevance
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let found = try SearchDirectory.search(
    text ?? "", filter, sort, after: try paging.place("search", sort), limit: paging.limit,
    offset: paging.offset, withFacets: true, in: call.database)
  let (products, cursor) = paging.cut(
    found.products, of: "search", sort, sealing: call.shared.cursors)
  return try .list(products, meta: SearchMeta(found, paging, cursor.nextCursor))
}

private struct SearchMeta: Encodable {
  let total: Int
  /// False where there is more than is counted.
  let totalExact: Bool
  let facets: Facets?
  let limit: Int
  let page: Int?
  let totalPages: Int?
  let nextCursor: String?

  init(_ found: SearchDirectory.Found, _ paging: Paging, _ cursor: String?) {
    total = found.total
    totalExact = found.isTotalExact
    facets = found.facets
    limit = paging.limit
    if case .page(let page) = paging.position {
      self.page = page
      totalPages = (found.total + paging.limit - 1) / paging.limit
      nextCursor = nil
    } else {
      page = nil
      totalPages = nil
      nextCursor = cursor
    }
  }

  private enum CodingKeys: String, CodingKey {
    case total, totalExact, facets, limit, page, totalPages, nextCursor
  }

  /// Says null at the end of a list that is read by cursor.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(total, forKey: .total)
    try container.encode(totalExact, forKey: .totalExact)
    try container.encode(facets, forKey: .facets)
    try container.encode(limit, forKey: .limit)
    if let page {
      try container.encode(page, forKey: .page)
      try container.encode(totalPages, forKey: .totalPages)
    } else {
      try container.encode(nextCursor, forKey: .nextCursor)
    }
  }
}
