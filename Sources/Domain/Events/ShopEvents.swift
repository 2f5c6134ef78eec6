package import Core

/// Events about one shop.
package protocol ShopEvent: DomainEvent {
  var shopId: ShopID { get }
}

extension ShopEvent {
  package static var aggregateType: String { "shop" }
  package var aggregateID: UUID { shopId.uuid }
}

package struct ShopOpened: ShopEvent {
  package static let type = "shop.opened.v1"
  package let shopId: ShopID
  package let ownerId: UserID
  package let name: String

  package init(shopId: ShopID, ownerId: UserID, name: String) {
    self.shopId = shopId
    self.ownerId = ownerId
    self.name = name
  }
}

package struct ShopStatusChanged: ShopEvent {
  package static let type = "shop.status_changed.v1"
  package let shopId: ShopID
  package let status: String

  package init(shopId: ShopID, status: String) {
    self.shopId = shopId
    self.status = status
  }
}
