package import Core
internal import HTTP
package import Postgres

package enum CategoryStore {
  static let columns: SQL = """
    c.id, c.parent_id, c.name, c.slug, c.description, c.position,
    (SELECT count(*) - 1 FROM catalog.category_ancestors AS a WHERE a.category_id = c.id),
    c.version, c.created_at, c.updated_at
    """

  /// By id or by slug.
  package static func find(_ name: CategoryName, in database: some Querying) throws -> Category? {
    let condition: SQL =
      switch name {
      case .id(let id): "c.id = \(id)"
      case .slug(let slug): "c.slug = \(slug)"
      }
    return try database.first(
      "SELECT \(columns) FROM catalog.categories AS c WHERE \(condition)"
    ) { row in try Category(&row) }
  }

  static func find(_ id: CategoryID, in transaction: Transaction) throws -> Category? {
    try find(.id(id), in: transaction)
  }

  /// The whole tree: each category after the one above it, siblings by position and age.
  package static func list(in database: some Querying) throws -> [Category] {
    let all = try database.query(
      """
      SELECT \(columns) FROM catalog.categories AS c
      ORDER BY c.position, c.id
      """
    ) { row in try Category(&row) }
    return inTreeOrder(all)
  }

  private static func inTreeOrder(_ categories: [Category]) -> [Category] {
    let children = Dictionary(grouping: categories, by: \.parentId)
    var waiting = Array((children[nil] ?? []).reversed())
    var ordered: [Category] = []
    while let category = waiting.popLast() {
      ordered.append(category)
      waiting += (children[category.id] ?? []).reversed()
    }
    return ordered
  }

  /// Keeps everybody else from changing the tree until the transaction ends; products go on being
  /// written. Returns how many categories there are.
  static func lockTree(in transaction: Transaction) throws -> Int {
    transaction.enqueue("LOCK TABLE catalog.categories IN SHARE ROW EXCLUSIVE MODE")
    return try transaction.first("SELECT count(*) FROM catalog.categories") { row in
      try row.next()
    } ?? 0
  }

  /// Throws `categorySlugTaken` or `unknownParent` when the schema says so.
  static func insert(
    _ id: CategoryID, _ details: CategoryDetails, at now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.execute(
      """
      INSERT INTO catalog.categories
        (id, parent_id, name, slug, description, position, created_at, updated_at)
      VALUES
        (\(id), \(details.parent), \(details.name), \(slug(of: details)),
         \(details.description), \(details.position), \(now), \(now))
      """, meaning: refusals)
  }

  /// Throws `categorySlugTaken` or `unknownParent` when the schema says so.
  static func update(
    _ id: CategoryID, _ details: CategoryDetails, at now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.execute(
      """
      UPDATE catalog.categories
      SET parent_id = \(details.parent), name = \(details.name), slug = \(slug(of: details)),
          description = \(details.description), position = \(details.position),
          version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """, meaning: refusals)
  }

  private static func slug(of details: CategoryDetails) -> SQL {
    if let slug = details.slug { return "\(slug)" }
    return "COALESCE(NULLIF(souk.slug(\(details.name)), ''), 'category')"
  }

  /// Throws `categoryHasChildren` or `categoryHasProducts` when the schema says so.
  static func delete(_ id: CategoryID, in transaction: Transaction) throws {
    try transaction.execute(
      "DELETE FROM catalog.categories WHERE id = \(id)",
      meaning: [
        "categories_parent_fkey": CatalogError.categoryHasChildren,
        "products_category_fkey": CatalogError.categoryHasProducts,
      ])
  }

  static func stands(
    _ category: CategoryID, below ancestor: CategoryID, in transaction: Transaction
  ) throws -> Bool {
    try transaction.first(
      """
      SELECT true FROM catalog.category_ancestors AS a
      WHERE a.category_id = \(category) AND a.ancestor_id = \(ancestor)
      """
    ) { row in try row.next() } ?? false
  }

  /// Cuts a category, and all below it, off from what stands above it.
  static func detach(_ id: CategoryID, in transaction: Transaction) {
    transaction.enqueue(
      """
      DELETE FROM catalog.category_ancestors AS a
      USING catalog.category_ancestors AS branch, catalog.category_ancestors AS above
      WHERE branch.ancestor_id = \(id) AND above.category_id = \(id) AND above.distance > 0
        AND a.category_id = branch.category_id AND a.ancestor_id = above.ancestor_id
      """)
  }

  /// Puts a category that is new or cut off, and all below it, under another.
  static func attach(_ id: CategoryID, to parent: CategoryID?, in transaction: Transaction) {
    transaction.enqueue(
      """
      INSERT INTO catalog.category_ancestors (category_id, ancestor_id, distance)
      VALUES (\(id), \(id), 0)
      ON CONFLICT ON CONSTRAINT category_ancestors_pkey DO NOTHING
      """)
    guard let parent else { return }
    transaction.enqueue(
      """
      INSERT INTO catalog.category_ancestors (category_id, ancestor_id, distance)
      SELECT branch.category_id, above.ancestor_id, branch.distance + above.distance + 1
      FROM catalog.category_ancestors AS branch, catalog.category_ancestors AS above
      WHERE branch.ancestor_id = \(id) AND above.category_id = \(parent)
      """)
  }

  private static let refusals: [String: any Error] = [
    "categories_slug_unique": CatalogError.categorySlugTaken,
    "categories_parent_fkey": CatalogError.unknownParent,
  ]
}

/// How a path names a category.
package enum CategoryName: Sendable {
  case id(CategoryID)
  case slug(String)

  package init(_ text: String) { self = CategoryID(text).map { .id($0) } ?? .slug(text) }
}
