import Catalog
import HTTP
import Middleware

/// The whole tree, each category after the one it stands below.
@Sendable func listCategories(_ call: Call) throws -> Response {
  let categories = try CategoryStore.list(in: call.database)
  return try .list(categories, meta: CountMeta(count: categories.count))
}
