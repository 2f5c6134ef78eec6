package import Core
package import Middleware
package import Postgres

extension Shopkeeping {
  /// A banned or archived shop is there for its owner and administrators alone.
  package static func shop(_ id: ShopID, for caller: Caller?, in database: some Querying) throws
    -> Shop
  {
    guard let shop = try ShopStore.find(id, in: database),
      shop.status.isPublic || caller?.manages(whatIsOf: shop.owner.id) == true
    else { throw ShopsError.noSuchShop }
    return shop
  }
}
