import Catalog
import HTTP
import Middleware

@Sendable func getCategory(_ call: Call) throws -> Response {
  let name = CategoryName(call.pathText())
  guard let category = try CategoryStore.find(name, in: call.database) else {
    throw CatalogError.noSuchCategory
  }
  return try .data(category).tagged(version: category.version)
}
