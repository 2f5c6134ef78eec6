import Core
import HTTP
import Middleware
import Shops

/// Archives: the shop and its products are seen no more, and what was sold keeps pointing there.
@Sendable func deleteShop(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ShopKind.self)
  return try call.write { transaction in
    try call.shopkeeping.archiveShop(
      id, by: caller, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
