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
    in: shop, for: caller.asShopManager, after: try paging.place(in: "low stock"),
    limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw InventoryError.noSuchShop }
  return try paging.answer(
    found.shelves.map(LowStockAnswer.init), total: found.total, as: "low stock",
    sealing: call.shared.cursors
  ) { [$0.variantId.description] }
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
