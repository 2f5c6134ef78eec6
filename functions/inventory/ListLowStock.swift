import Core
import HTTP
import Inventory
import Middleware

@Sendable func listLowStock(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let shop = try call.id(ShopKind.self)
  var query = try call.query()
  let paging = Paging(&query, cursors: call.shared.cursors)
  try query.check()
  let found = try StockDirectory.low(
    in: shop, for: caller.asShopManager, after: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw InventoryError.noSuchShop }
  let (shelves, meta) = paging.cut(found.shelves, sealing: call.shared.cursors) {
    ["low stock", $0.level.variant.description]
  }
  let answers = shelves.map(LowStockAnswer.init)
  if case .page(let page) = paging.position {
    return try .list(answers, meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  return try .list(answers, meta: meta)
}

private func position(_ paging: Paging) throws -> VariantID? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "low stock", let variant = VariantID(values[1]) else {
    throw Paging.foreignCursor
  }
  return variant
}

struct LowStockAnswer: Encodable {
  let variantId: VariantID
  let productId: ProductID
  let sku: String
  let productName: String
  let onHand: Int
  let reserved: Int
  let available: Int
  let lowStockThreshold: Int

  init(_ shelf: StockDirectory.Shelf) {
    variantId = shelf.level.variant
    productId = shelf.level.product
    sku = shelf.sku
    productName = shelf.productName
    onHand = shelf.level.onHand
    reserved = shelf.level.reserved
    available = shelf.level.available
    lowStockThreshold = shelf.level.lowStockThreshold
  }
}
