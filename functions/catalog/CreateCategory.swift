import Catalog
import Core
import HTTP
import Middleware

@Sendable func createCategory(_ call: Call) throws -> Response {
  let body: CreateCategoryRequest = try call.body()
  return try call.write { transaction in
    let category = try call.catalogue.createCategory(body.details, in: transaction)
    return try .created(category, at: "/api/v1/categories/\(category.id)")
      .tagged(version: category.version)
  }
}

struct CreateCategoryRequest: RequestBody {
  let details: CategoryDetails

  init(_ fields: inout Fields) {
    details = CategoryDetails(
      parent: fields.optionalID("parent_id", CategoryKind.self),
      name: fields.text("name", 1...100, .line),
      slug: fields.optionalText("slug", 1...80, .slug),
      description: fields.optionalText("description", 0...2000, .prose),
      position: fields.optionalInteger("position", in: 0...1_000_000) ?? 0)
  }
}

extension TextRule {
  static let slug = TextRule(
    "invalid_slug", "This may have small letters, digits and single hyphens between them only."
  ) { text in
    text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }
  }
}
