package import Core

/// Why Shops refuses.
package enum ShopsError: DomainError, Equatable {
  case noSuchShop
  case noSuchOwner
  case tooManyShops
  case currencyFixed
  case archived
  case statusNotYours

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchShop: ("not_found", .notFound, "There is no such shop of yours.")
    case .noSuchOwner: ("not_found", .notFound, "There is no such user.")
    case .tooManyShops:
      (
        "too_many_shops", .conflict,
        "An account may have \(Shopkeeping.shopsMax) shops. Archive one first."
      )
    case .currencyFixed:
      (
        "currency_fixed", .invalid(field: "currency"),
        "The currency of a shop never changes: its prices are said in it."
      )
    case .archived: ("shop_archived", .conflict, "This shop is archived and stays as it is.")
    case .statusNotYours:
      ("status_not_yours", .forbidden, "Only an administrator may ban a shop or lift a ban.")
    }
  }
}
