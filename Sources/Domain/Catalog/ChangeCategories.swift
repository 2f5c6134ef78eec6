package import Core
package import Postgres

extension Catalogue {
  /// All of them come in one answer, so there cannot be any number.
  package static let categoriesMax = 5000

  /// Throws `unknownParent`, `categorySlugTaken`, `tooManyCategories`.
  package func createCategory(_ details: CategoryDetails, in transaction: Transaction) throws
    -> Category
  {
    guard try CategoryStore.lockTree(in: transaction) < Self.categoriesMax else {
      throw CatalogError.tooManyCategories
    }
    let id = ids.id(CategoryKind.self)
    try CategoryStore.insert(id, details, at: now, in: transaction)
    CategoryStore.attach(id, to: details.parent, in: transaction)
    return try found(CategoryStore.find(id, in: transaction))
  }

  /// Moves it with all that stands below it when the parent is another. Throws
  /// `categoryInItself`, `unknownParent`, `categorySlugTaken`.
  package func changeCategory(
    _ id: CategoryID, _ changes: CategoryChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> Category {
    // The tree before the row: whoever moves looks at ancestors that nobody else is moving.
    _ = try CategoryStore.lockTree(in: transaction)
    let category = try found(CategoryStore.find(id, in: transaction))
    try check(category.version)
    let details = changes.applied(to: category)
    if details.parent != category.parentId {
      if let parent = details.parent,
        try CategoryStore.stands(parent, below: id, in: transaction)
      {
        throw CatalogError.categoryInItself
      }
      CategoryStore.detach(id, in: transaction)
    }
    try CategoryStore.update(id, details, at: now, in: transaction)
    if details.parent != category.parentId {
      CategoryStore.attach(id, to: details.parent, in: transaction)
    }
    return try found(CategoryStore.find(id, in: transaction))
  }

  /// Throws `categoryHasChildren`, `categoryHasProducts`.
  package func deleteCategory(
    _ id: CategoryID, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    _ = try CategoryStore.lockTree(in: transaction)
    let category = try found(CategoryStore.find(id, in: transaction))
    try check(category.version)
    try CategoryStore.delete(id, in: transaction)
  }

  private func found(_ category: Category?) throws -> Category {
    guard let category else { throw CatalogError.noSuchCategory }
    return category
  }
}
