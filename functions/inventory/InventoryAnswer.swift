import Core
import Inventory

/// The stock of a product, with as much of it as the reader may know.
struct InventoryAnswer: Encodable {
  let productId: ProductID
  let variants: [Variant]

  struct Variant: Encodable {
    let variantId: VariantID
    let sku: String
    var onHand: Int?
    var reserved: Int?
    let available: Int
    let inStock: Bool
    var lowStockThreshold: Int?
  }

  /// For everybody: what of it can be bought.
  init(of product: ProductID, forEverybody shelves: [StockDirectory.Shelf]) {
    productId = product
    variants = shelves.map {
      Variant(
        variantId: $0.level.variant, sku: $0.sku, available: $0.level.available,
        inStock: $0.level.isInStock)
    }
  }

  init(of product: ProductID, forItsShop shelves: [StockDirectory.Shelf]) {
    productId = product
    variants = shelves.map {
      Variant(
        variantId: $0.level.variant, sku: $0.sku, onHand: $0.level.onHand,
        reserved: $0.level.reserved, available: $0.level.available, inStock: $0.level.isInStock,
        lowStockThreshold: $0.level.lowStockThreshold)
    }
  }
}

extension [StockDirectory.Shelf] {
  /// Grows with every change of any of the variants.
  var version: Int { reduce(0) { $0 + $1.level.version } }
}
