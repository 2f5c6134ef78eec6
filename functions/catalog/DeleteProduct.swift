import Catalog
import Core
import HTTP
import Middleware

/// Archives: the product is seen no more, and what was sold keeps pointing to it.
@Sendable func deleteProduct(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ProductKind.self)
  return try call.write { transaction in
    try call.catalogue.archiveProduct(
      id, by: caller, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
