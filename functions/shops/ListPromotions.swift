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
    in: shop, status, for: reader, before: try paging.place(in: "promotions"), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw Problem.notFound("There is no such shop.") }
  return try paging.answer(
    found.promotions, total: found.total, as: "promotions", sealing: call.shared.cursors
  ) { [$0.id.description] }
}
