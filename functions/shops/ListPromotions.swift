import Core
import HTTP
import Middleware
import Promotions

/// To a shop all of its own, to others what applies by itself now.
@Sendable func listPromotions(_ call: Call) throws -> Response {
  let shop = try call.id(ShopKind.self)
  var query = try call.query()
  let status = query.choice("status", Promotion.Status.self)
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let reader = PromotionDirectory.Reader(call.caller?.asShopManager, now: call.now)
  let found = try PromotionDirectory.list(
    in: shop, status, for: reader, before: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw Problem.notFound("There is no such shop.") }
  let (promotions, meta) = paging.cut(found.promotions, sealing: call.shared.cursors) {
    ["promotions", $0.id.description]
  }
  if case .page(let page) = paging.position {
    return try .list(
      promotions, meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  return try .list(promotions, meta: meta)
}

private func position(_ paging: Paging) throws -> PromotionID? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "promotions", let id = PromotionID(values[1]) else {
    throw Paging.foreignCursor
  }
  return id
}
