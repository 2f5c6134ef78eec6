import Catalog
import Core
import HTTP
import Middleware

@Sendable func deleteCategory(_ call: Call) throws -> Response {
  let id = try call.id(CategoryKind.self)
  return try call.write { transaction in
    try call.catalogue.deleteCategory(id, check: call.requireMatch, in: transaction)
    return .noContent
  }
}
