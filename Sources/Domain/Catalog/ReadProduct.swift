internal import Core
package import Middleware
package import Postgres

extension Catalogue {
  /// What is no longer or not yet on sale is there for its seller and administrators alone.
  package static func product(
    _ name: ProductName, for caller: Caller?, in database: some Querying
  ) throws -> Product {
    guard let product = try ProductStore.find(name, in: database),
      product.isPublic || caller?.manages(whatIsOf: product.shop.owner) == true
    else { throw CatalogError.noSuchProduct }
    return product
  }
}
