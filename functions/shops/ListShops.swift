import Core
import HTTP
import Middleware
import Shops

/// Open and paused shops; to their owner, and to administrators who name one, all of them.
@Sendable func listShops(_ call: Call) throws -> Response {
  var query = try call.query()
  let owner = query.id("owner_id", UserKind.self)
  let text = query.words("q", upTo: 100)
  let sort = query.choice("sort", ShopSort.self) ?? .newest
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let filter = ShopFilter(
    owner: owner, text: text, sort: sort,
    isComplete: owner.map { call.caller?.manages(whatIsOf: $0) ?? false } ?? false)
  if case .page(let page) = paging.position {
    let (shops, total) = try ShopDirectory.page(
      filter, limit: paging.limit, offset: paging.offset, in: call.database)
    return try .list(shops, meta: PageMeta(page: page, limit: paging.limit, total: total))
  }
  let found = try ShopDirectory.list(
    filter, after: try paging.place(in: "shops") { Place($0, sort) }, limit: paging.limit,
    in: call.database)
  let (shops, meta) = paging.cut(found, sealing: call.shared.cursors) {
    ["shops", sort.rawValue, $0.place.value, $0.place.id.description]
  }
  return try .list(shops.map(\.shop), meta: meta)
}

private typealias Place = ShopDirectory.Place

extension ShopDirectory.Place {
  /// Nil where the cursor is of another order of the list.
  fileprivate init?(_ values: [String], _ sort: ShopSort) {
    guard values.count == 3, values[0] == sort.rawValue, let id = ShopID(values[2]) else {
      return nil
    }
    self.init(value: values[1], id: id)
  }
}
