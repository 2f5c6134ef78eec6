// What a marketplace is about is named by several domains, so these ids live here and not in one
// of them.

package enum AddressKind: IDKind {
  package static let prefix = "adr"
}

package enum ShopKind: IDKind {
  package static let prefix = "shp"
}

package enum CategoryKind: IDKind {
  package static let prefix = "cat"
}

package enum ProductKind: IDKind {
  package static let prefix = "prd"
}

package enum VariantKind: IDKind {
  package static let prefix = "var"
}

package enum OrderKind: IDKind {
  package static let prefix = "ord"
}

package enum ParcelKind: IDKind {
  package static let prefix = "pcl"
}

package enum ReturnKind: IDKind {
  package static let prefix = "ret"
}

package enum PaymentKind: IDKind {
  package static let prefix = "pay"
}

package typealias AddressID = ID<AddressKind>
package typealias ShopID = ID<ShopKind>
package typealias CategoryID = ID<CategoryKind>
package typealias ProductID = ID<ProductKind>
package typealias VariantID = ID<VariantKind>
package typealias OrderID = ID<OrderKind>
package typealias ParcelID = ID<ParcelKind>
package typealias ReturnID = ID<ReturnKind>
package typealias PaymentID = ID<PaymentKind>

/// Who may change what belongs to a shop: its owner, and any administrator.
package struct ShopManager: Sendable {
  package let user: UserID
  package let isAdmin: Bool

  package init(_ user: UserID, isAdmin: Bool = false) {
    self.user = user
    self.isAdmin = isAdmin
  }
}
