package import Core

/// Why Catalog refuses. Where a bulk was sent, a field tells which of its products is meant.
package enum CatalogError: DomainError, Equatable {
  case noSuchCategory
  case unknownCategory(field: String)
  case unknownParent
  case categorySlugTaken
  case categoryInItself
  case categoryHasChildren
  case categoryHasProducts
  case tooManyCategories
  case noSuchProduct
  case noSuchShop
  case shopClosed
  case skuTaken
  case variantInStock
  case noSuchReview
  case notDelivered
  case alreadyReviewed

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchCategory: ("not_found", .notFound, "There is no such category.")
    case .unknownCategory(let field):
      ("no_such_category", .invalid(field: field), "There is no such category.")
    case .unknownParent:
      ("no_such_category", .invalid(field: "parent_id"), "There is no such category.")
    case .categorySlugTaken:
      ("slug_taken", .conflict, "Another category has this slug. Choose another.")
    case .categoryInItself:
      (
        "category_cycle", .conflict,
        "A category cannot stand below itself, nor below one that stands below it."
      )
    case .categoryHasChildren:
      ("category_has_children", .conflict, "This category has others below it. Move them first.")
    case .categoryHasProducts:
      (
        "category_has_products", .conflict,
        "There are products in this category, archived ones included. Move them first."
      )
    case .tooManyCategories:
      (
        "too_many_categories", .conflict,
        "There may be \(Catalogue.categoriesMax) categories. Delete one first."
      )
    default: aboutProducts
    }
  }

  private var aboutProducts: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchProduct: ("not_found", .notFound, "There is no such product.")
    case .noSuchShop: ("not_found", .notFound, "There is no such shop of yours.")
    case .shopClosed:
      ("shop_closed", .conflict, "This shop is banned or archived: its products stay as they are.")
    case .skuTaken:
      ("sku_taken", .conflict, "Another variant of this shop has one of these SKUs.")
    case .variantInStock:
      (
        "variant_in_stock", .conflict,
        "A variant that is left out still has stock. Set its stock to zero first."
      )
    case .noSuchReview: ("not_found", .notFound, "There is no such review.")
    case .notDelivered:
      ("not_delivered", .forbidden, "Only who received this product may review it.")
    case .alreadyReviewed:
      ("already_reviewed", .conflict, "You have reviewed this product. Change that review.")
    default: ("refused", .conflict, "This cannot be done.")
    }
  }
}
