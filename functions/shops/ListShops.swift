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
    filter, after: try place(paging, sort), limit: paging.limit, in: call.database)
  let (shops, meta) = paging.cut(found, sealing: call.shared.cursors) {
    ["shops", sort.rawValue, $0.place.value, $0.place.id.description]
  }
  return try .list(shops.map(\.shop), meta: meta)
}

private func place(_ paging: Paging, _ sort: ShopSort) throws -> ShopDirectory.Place? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 4, values[0] == "shops", values[1] == sort.rawValue,
    let id = ShopID(values[3])
  else { throw Paging.foreignCursor }
  return ShopDirectory.Place(value: values[2], id: id)
}
