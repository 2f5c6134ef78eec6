package import Core

/// A variant's available stock fell to its threshold, or below. Told once per crossing: again only
/// after there was more in between.
package struct StockRanLow: DomainEvent {
  package static let type = "inventory.stock_low.v1"
  package static let aggregateType = "variant"
  package var aggregateID: UUID { variantId.uuid }
  package let variantId: VariantID
  package let productId: ProductID
  package let shopId: ShopID
  package let available: Int
  package let threshold: Int

  package init(
    variantId: VariantID, productId: ProductID, shopId: ShopID, available: Int, threshold: Int
  ) {
    self.variantId = variantId
    self.productId = productId
    self.shopId = shopId
    self.available = available
    self.threshold = threshold
  }
}
