package import Core
package import JSON

/// Whether a wish can be fulfilled.
package enum Availability {
  /// What of it cannot.
  package struct Shortage: Encodable, Sendable {
    @ExplicitNull package var productId: ProductID?
    @ExplicitNull package var variantId: VariantID?
    package let requested: Int
    package let available: Int
  }

  /// Wishes for the same variant add up, however it was named. Throws `chooseAVariant` for a
  /// product with several variants; what nobody offers is a shortage.
  package static func check(
    _ wishes: [(variant: VariantID?, product: ProductID?, quantity: Int)],
    against offers: [StockDirectory.Offer]
  ) throws -> [Shortage] {
    let byVariant = Dictionary(offers.map { ($0.variant, $0) }, uniquingKeysWith: { $1 })
    let byProduct = Dictionary(grouping: byVariant.values, by: \.product)
    var wanted: [VariantID: Int] = [:]
    var order: [VariantID] = []
    var shortages: [Shortage] = []
    for (index, wish) in wishes.enumerated() {
      let offer: StockDirectory.Offer?
      if let variant = wish.variant {
        offer = byVariant[variant]
      } else {
        let choices = (wish.product.flatMap { byProduct[$0] } ?? []).filter(\.isForSale)
        guard choices.count <= 1 else {
          throw InventoryError.chooseAVariant(field: "items[\(index)].product_id")
        }
        offer = choices.first
      }
      guard let offer else {
        shortages.append(
          Shortage(
            product: wish.product, variant: wish.variant, requested: wish.quantity, available: 0))
        continue
      }
      if wanted[offer.variant] == nil { order.append(offer.variant) }
      wanted[offer.variant, default: 0] += wish.quantity
    }
    for variant in order {
      guard let offer = byVariant[variant], let quantity = wanted[variant],
        quantity > offer.available
      else { continue }
      shortages.append(
        Shortage(
          product: offer.product, variant: variant, requested: quantity,
          available: offer.available))
    }
    return shortages
  }
}

extension Availability.Shortage {
  fileprivate init(product: ProductID?, variant: VariantID?, requested: Int, available: Int) {
    _productId = ExplicitNull(wrappedValue: product)
    _variantId = ExplicitNull(wrappedValue: variant)
    self.requested = requested
    self.available = available
  }
}
