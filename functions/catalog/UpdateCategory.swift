import Catalog
import Core
import HTTP
import Middleware

/// What is left out stays as it is. Another `parent_id` moves the category with all below it.
@Sendable func updateCategory(_ call: Call) throws -> Response {
  let id = try call.id(CategoryKind.self)
  let body: UpdateCategoryRequest = try call.body()
  return try call.write { transaction in
    let category = try call.catalogue.changeCategory(
      id, body.changes, check: call.requireMatch, in: transaction)
    return try .data(category).tagged(version: category.version)
  }
}

struct UpdateCategoryRequest: RequestBody {
  let changes: CategoryChanges

  init(_ fields: inout Fields) {
    changes = CategoryChanges(
      parent: fields.change("parent_id") { $0.optionalID($1, CategoryKind.self) },
      name: fields.change("name") { $0.text($1, 1...100, .line) },
      slug: fields.change("slug") { $0.text($1, 1...80, .slug) },
      description: fields.change("description") { $0.optionalText($1, 0...2000, .prose) },
      position: fields.change("position") { $0.integer($1, in: 0...1_000_000) })
  }
}
