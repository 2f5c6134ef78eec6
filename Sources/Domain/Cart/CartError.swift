package import Core

/// Why Cart refuses.
package enum CartError: DomainError, Equatable {
  case noSuchItem
  case noSuchCode
  case noSuchVariant(field: String)
  case variantOfAnotherProduct
  case chooseAVariant(field: String)
  case notForSale(field: String)
  case tooManyPieces(inCart: Int)
  case cartFull
  case tooManyCodes
  case cartEmpty
  case unknownCode

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  package var details: [String: Int] {
    if case .tooManyPieces(let inCart) = self { ["in_cart": inCart] } else { [:] }
  }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchItem: ("not_found", .notFound, "There is no such item in the cart.")
    case .noSuchCode: ("not_found", .notFound, "There is no such code in the cart.")
    case .noSuchVariant(let field):
      ("no_such_variant", .invalid(field: field), "There is no such product or variant.")
    case .variantOfAnotherProduct:
      (
        "variant_of_another_product", .invalid(field: "variant_id"),
        "This variant belongs to another product."
      )
    case .chooseAVariant(let field):
      (
        "choose_a_variant", .invalid(field: field),
        "There are several variants of this product. Give the variant's id."
      )
    case .notForSale(let field):
      ("not_for_sale", .invalid(field: field), "This is not for sale any more.")
    case .tooManyPieces:
      (
        "too_many_pieces", .invalid(field: "quantity"),
        "A line may have \(Carts.quantityMax) pieces with what it has already."
      )
    case .cartFull:
      ("cart_full", .conflict, "A cart may have \(Carts.linesMax) lines. Remove one first.")
    case .tooManyCodes:
      ("too_many_codes", .conflict, "A cart may have \(Carts.codesMax) codes. Remove one first.")
    case .cartEmpty:
      ("cart_empty", .invalid(field: "code"), "Put something into the cart first.")
    case .unknownCode:
      (
        "unknown_code", .invalid(field: "code"),
        "No shop with something in the cart knows this code."
      )
    }
  }
}
