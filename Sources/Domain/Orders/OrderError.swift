package import Core

/// Why Orders refuses.
package enum OrderError: DomainError, Equatable {
  case noSuchOrder
  case noSuchParcel
  case noSuchReturn
  case emptyCart
  case noSuchVariant(field: String)
  case chooseAVariant(field: String)
  case namedTwice(field: String)
  case noSuchAddress
  case notForSale(name: String)
  case insufficientStock(name: String, available: Int)
  case mixedCurrencies
  case totalChanged(expected: Int, total: Int)
  case wrongCurrency(field: String)
  case codeRefused(field: String, reason: String, message: String)
  case illegalTransition(from: String, to: String)
  case alreadyShipped
  case notPaid
  case orderIsOver
  case alreadyClaimed
  case notYours
  case ownOrder
  case nothingToReturn
  case tooManyReturned(field: String, left: Int)
  case restockUndecided

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  package var details: [String: Int] {
    switch self {
    case .totalChanged(let expected, let total):
      ["expected": expected, "total": total, "difference": total - expected]
    case .insufficientStock(_, let available): ["available": available]
    case .tooManyReturned(_, let left): ["left": left]
    default: [:]
    }
  }

  private typealias Description = (slug: String, kind: DomainErrorKind, message: String)

  private var description: Description {
    switch self {
    case .noSuchOrder: ("not_found", .notFound, "There is no such order of yours.")
    case .noSuchParcel: ("not_found", .notFound, "There is no such parcel of yours.")
    case .noSuchReturn: ("not_found", .notFound, "There is no such return of yours.")
    case .illegalTransition(let from, let to):
      ("illegal_transition", .conflict, "What is \(from) cannot become \(to).")
    case .alreadyShipped:
      (
        "illegal_transition", .conflict,
        "A parcel of it is under way. What has been shipped can only be returned."
      )
    case .notPaid: ("illegal_transition", .conflict, "The order is not paid yet.")
    case .orderIsOver:
      ("illegal_transition", .conflict, "The order is over: nothing is sent for it any more.")
    case .alreadyClaimed:
      ("already_claimed", .conflict, "Another shipper has taken this parcel.")
    case .notYours: ("not_claimed", .conflict, "Claim the parcel first.")
    case .ownOrder: ("own_order", .conflict, "Somebody else must bring what you have bought.")
    default: placing
    }
  }

  private var placing: Description {
    switch self {
    case .emptyCart:
      ("empty_cart", .invalid(field: "items"), "There is nothing to order. Fill the cart first.")
    case .noSuchVariant(let field):
      ("no_such_variant", .invalid(field: field), "There is nothing of this name for sale.")
    case .chooseAVariant(let field):
      (
        "choose_a_variant", .invalid(field: field),
        "This product has several variants. Give the variant's id."
      )
    case .namedTwice(let field):
      ("named_twice", .invalid(field: field), "This is named twice. Add the quantities up.")
    case .noSuchAddress:
      ("no_such_address", .invalid(field: "address_id"), "There is no such address of yours.")
    case .notForSale(let name):
      ("not_for_sale", .conflict, "\(name) is not for sale any more.")
    case .insufficientStock(let name, let available):
      (
        "insufficient_stock", .conflict,
        available > 0 ? "Of \(name) there are only \(available) left." : "\(name) is sold out."
      )
    case .mixedCurrencies:
      (
        "mixed_currencies", .invalid(field: "items"),
        "An order is in one currency. Check out one at a time."
      )
    case .totalChanged:
      ("total_changed", .conflict, "The total is not what you expected. Look at it again.")
    case .wrongCurrency(let field):
      ("wrong_currency", .invalid(field: field), "This must be in the currency of the order.")
    case .codeRefused(let field, let reason, let message):
      (reason, .invalid(field: field), message)
    default: returning
    }
  }

  private var returning: Description {
    switch self {
    case .nothingToReturn:
      ("nothing_to_return", .conflict, "Only what has been delivered can be returned.")
    case .tooManyReturned(let field, let left):
      ("out_of_range", .invalid(field: field), "Only \(left) of these can still be returned.")
    case .restockUndecided:
      (
        "required", .invalid(field: "restock"),
        "Say whether the goods go back into the stock."
      )
    default: ("refused", .conflict, "This cannot be done.")
    }
  }
}
