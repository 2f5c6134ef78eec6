import Catalog
import Core
import HTTP
import Middleware

/// What is on sale; with `q` only what is found by it; with `status` what a seller has, on sale or
/// not.
@Sendable func listProducts(_ call: Call) throws -> Response {
  var query = try call.query()
  let filter = query.productFilter()
  let text = query.words("q", upTo: QueryString.textMax)
  let shelf = query.choice("status", Shelf.self)
  let sort = query.choice("sort", ProductSort.self)
  if sort == .relevance, text == nil {
    query.refuse("sort", "needs_q", "Only what is searched for by q has a relevance.")
  }
  if shelf != nil, filter.shop == nil, query["shop_id"] == nil {
    query.refuse("shop_id", "required", "Name the shop whose drafts you want to see.")
  }
  if text == nil, !filter.attributes.isEmpty {
    query.refuse("attr", "needs_q", "Attributes narrow down what is searched for by q.")
  }
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  if let shelf, let shop = filter.shop { return try shelves(of: shop, shelf, paging, call) }
  if let text { return try search(text, filter, sort ?? .relevance, paging, call) }
  return try list(filter, sort ?? .newest, paging, call)
}

/// A status, or all of them.
private enum Shelf: String, CaseIterable {
  case draft, active, archived, all
}

private func list(
  _ filter: ProductFilter, _ sort: ProductSort, _ paging: Paging, _ call: Call
) throws -> Response {
  if case .page(let page) = paging.position {
    let (products, total) = try ProductDirectory.page(
      filter, sort, limit: paging.limit, offset: paging.offset, in: call.database)
    return try .list(products, meta: PageMeta(page: page, limit: paging.limit, total: total))
  }
  let found = try ProductDirectory.list(
    filter, sort, after: try paging.place("products", sort), limit: paging.limit,
    in: call.database)
  let (products, meta) = paging.cut(
    found, of: "products", sort, sealing: call.shared.cursors)
  return try .list(products, meta: meta)
}

private func search(
  _ text: String, _ filter: ProductFilter, _ sort: ProductSort, _ paging: Paging, _ call: Call
) throws -> Response {
  let found = try SearchDirectory.search(
    text, filter, sort, after: try paging.place("found", sort), limit: paging.limit,
    offset: paging.offset, withFacets: false, in: call.database)
  let (products, meta) = paging.cut(
    found.products, of: "found", sort, sealing: call.shared.cursors)
  guard case .page(let page) = paging.position else { return try .list(products, meta: meta) }
  return try .list(
    products, meta: PageMeta(page: page, limit: paging.limit, total: found.total))
}

/// For the seller, the newest first. Somebody else's shop is none.
private func shelves(
  of shop: ShopID, _ shelf: Shelf, _ paging: Paging, _ call: Call
) throws -> Response {
  let caller = try call.signedIn()
  let (found, owner, total) = try SellerDirectory.list(
    of: shop, ProductStatus(rawValue: shelf.rawValue),
    after: try paging.place(shelf.rawValue, .newest), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let owner, caller.manages(whatIsOf: owner) else { throw CatalogError.noSuchShop }
  let (products, meta) = paging.cut(
    found, of: shelf.rawValue, .newest, sealing: call.shared.cursors)
  guard case .page(let page) = paging.position else { return try .list(products, meta: meta) }
  return try .list(products, meta: PageMeta(page: page, limit: paging.limit, total: total))
}
