package import Core

package enum ProductSort: String, CaseIterable, Sendable {
  case newest
  case price
  case priceDescending = "-price"
  case bestSelling = "best_selling"
  case rating
  case relevance
}

/// Which products somebody looks for.
package struct ProductFilter: Sendable {
  package var shop: ShopID?
  /// With all that stand below it.
  package var category: CategoryID?
  package var minPrice: Int?
  package var maxPrice: Int?
  package var inStock: Bool?
  /// At least so many stars.
  package var minRating: Int?
  /// Any of the values of each name.
  package var attributes: [(name: String, values: [String])]

  package init(
    shop: ShopID? = nil, category: CategoryID? = nil, minPrice: Int? = nil, maxPrice: Int? = nil,
    inStock: Bool? = nil, minRating: Int? = nil,
    attributes: [(name: String, values: [String])] = []
  ) {
    self.shop = shop
    self.category = category
    self.minPrice = minPrice
    self.maxPrice = maxPrice
    self.inStock = inStock
    self.minRating = minRating
    self.attributes = attributes
  }
}

/// Where a list goes on: the value by which the last product was sorted, and its id.
package struct ProductPlace: Sendable {
  package let value: Int
  package let id: ProductID

  package init(value: Int, id: ProductID) {
    self.value = value
    self.id = id
  }
}

/// A product in a list, and where it stands there.
package struct PlacedProduct: Sendable {
  package let product: Product
  package let place: ProductPlace
}
