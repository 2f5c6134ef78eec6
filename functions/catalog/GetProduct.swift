import Catalog
import HTTP
import Middleware

/// By id or by any slug it ever had.
@Sendable func getProduct(_ call: Call) throws -> Response {
  guard let name = ProductName(call.pathText()) else { throw CatalogError.noSuchProduct }
  let product = try Catalogue.product(name, for: call.caller, in: call.database)
  return try .data(product).tagged(version: product.version)
}
