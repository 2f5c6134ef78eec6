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
    in: shop, ownedBy: caller.user, after: try position(paging), limit: paging.limit,
    offset: paging.offset, in: call.database)
  guard let found else { throw InventoryError.noSuchShop }
  let shelves = Array(found.shelves.prefix(paging.limit))
  if case .page(let page) = paging.position {
    return try .list(
      shelves.map(LowStockAnswer.init),
      meta: PageMeta(page: page, limit: paging.limit, total: found.total))
  }
  let next = found.shelves.count > paging.limit ? shelves.last : nil
  return try .list(
    shelves.map(LowStockAnswer.init),
    meta: CursorMeta(
      limit: paging.limit,
      nextCursor: next.map {
        call.shared.cursors.seal(["low stock", $0.level.variant.description])
      }))
}

private func position(_ paging: Paging) throws -> VariantID? {
  guard case .after(let values?) = paging.position else { return nil }
  guard values.count == 2, values[0] == "low stock", let variant = VariantID(values[1]) else {
    throw Problem.invalid([
      .init(field: "cursor", code: "invalid_cursor", message: "This cursor is of another list.")
    ])
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
