package import Core

/// Events about one product.
package protocol ProductEvent: DomainEvent {
  var productId: ProductID { get }
}

extension ProductEvent {
  package static var aggregateType: String { "product" }
  package var aggregateID: UUID { productId.uuid }
}

package struct ProductCreated: ProductEvent {
  package static let type = "product.created.v1"
  package let productId: ProductID
  package let shopId: ShopID
  package let status: String

  package init(productId: ProductID, shopId: ShopID, status: String) {
    self.productId = productId
    self.shopId = shopId
    self.status = status
  }
}

package struct ProductChanged: ProductEvent {
  package static let type = "product.changed.v1"
  package let productId: ProductID
  package let shopId: ShopID
  package let status: String
  package let version: Int

  package init(productId: ProductID, shopId: ShopID, status: String, version: Int) {
    self.productId = productId
    self.shopId = shopId
    self.status = status
    self.version = version
  }
}

package struct ProductReviewed: ProductEvent {
  package static let type = "product.reviewed.v1"
  package let productId: ProductID
  package let userId: UserID
  package let rating: Int

  package init(productId: ProductID, userId: UserID, rating: Int) {
    self.productId = productId
    self.userId = userId
    self.rating = rating
  }
}
