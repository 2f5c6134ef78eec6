// What a marketplace is about is named by several domains, so these ids live here and not in one
// of them.

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

package typealias ShopID = ID<ShopKind>
package typealias CategoryID = ID<CategoryKind>
package typealias ProductID = ID<ProductKind>
package typealias VariantID = ID<VariantKind>
package typealias OrderID = ID<OrderKind>
