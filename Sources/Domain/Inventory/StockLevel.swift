package import Core
internal import Postgres

/// What there is of one variant.
package struct StockLevel: Hashable, Sendable {
  package let variant: VariantID
  package let product: ProductID
  package let shop: ShopID
  package internal(set) var onHand: Int
  package internal(set) var reserved: Int
  package internal(set) var lowStockThreshold: Int
  package let version: Int

  package var available: Int { onHand - reserved }
  package var isInStock: Bool { available > 0 }
  package var isLow: Bool { available <= lowStockThreshold }

  package static let onHandMax = 1_000_000_000
  package static let thresholdMax = 1_000_000

  package init(
    variant: VariantID, product: ProductID, shop: ShopID, onHand: Int, reserved: Int,
    lowStockThreshold: Int, version: Int = 1
  ) {
    self.variant = variant
    self.product = product
    self.shop = shop
    self.onHand = onHand
    self.reserved = reserved
    self.lowStockThreshold = lowStockThreshold
    self.version = version
  }

  /// In the order of `StockStore.columns`.
  init(_ row: inout Row) throws {
    variant = try row.next()
    product = try row.next()
    shop = try row.next()
    onHand = try row.next()
    reserved = try row.next()
    lowStockThreshold = try row.next()
    version = try row.next()
  }
}
