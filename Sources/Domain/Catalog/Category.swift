package import Core
package import HTTP
package import JSON
internal import Postgres

package struct Category: Encodable, Sendable {
  package let id: CategoryID
  @ExplicitNull package var parentId: CategoryID?
  package let name: String
  package let slug: String
  @ExplicitNull package var description: String?
  package let position: Int
  /// How many stand above it.
  package let depth: Int
  package let version: Int
  package let createdAt: Timestamp
  package let updatedAt: Timestamp

  private enum CodingKeys: String, CodingKey {
    case id, parentId, name, slug, description, position, depth, createdAt, updatedAt
  }

  /// In the order of `CategoryStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    _parentId = ExplicitNull(wrappedValue: try row.next())
    name = try row.next()
    slug = try row.next()
    _description = ExplicitNull(wrappedValue: try row.next())
    position = try row.next()
    depth = try row.next()
    version = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }
}

/// What a category is to be.
package struct CategoryDetails: Sendable {
  package let parent: CategoryID?
  package let name: String
  /// Made of the name when there is none.
  package let slug: String?
  package let description: String?
  package let position: Int

  package init(
    parent: CategoryID?, name: String, slug: String?, description: String?, position: Int
  ) {
    self.parent = parent
    self.name = name
    self.slug = slug
    self.description = description
    self.position = position
  }
}

/// What a PUT may change about a category.
package struct CategoryChanges: Sendable {
  package let parent: Change<CategoryID?>
  package let name: Change<String>
  package let slug: Change<String>
  package let description: Change<String?>
  package let position: Change<Int>

  package init(
    parent: Change<CategoryID?>, name: Change<String>, slug: Change<String>,
    description: Change<String?>, position: Change<Int>
  ) {
    self.parent = parent
    self.name = name
    self.slug = slug
    self.description = description
    self.position = position
  }

  func applied(to category: Category) -> CategoryDetails {
    CategoryDetails(
      parent: parent.applied(to: category.parentId), name: name.applied(to: category.name),
      slug: slug.applied(to: category.slug),
      description: description.applied(to: category.description),
      position: position.applied(to: category.position))
  }
}
