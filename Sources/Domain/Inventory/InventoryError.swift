package import Core

/// Why Inventory refuses.
package enum InventoryError: DomainError, Equatable {
  case noSuchProduct
  case noSuchShop
  case noSuchVariant(field: String)
  case chooseAVariant(field: String)
  case namedTwice(field: String)
  case numberMoved(onHand: Int)
  case belowReserved(onHand: Int, reserved: Int)
  case belowZero(field: String, onHand: Int)
  case tooMuch(field: String)
  case referenceUsed
  case insufficient([Shortage])
  case reservationDiffers
  case reservationOver
  case alreadyDeducted

  /// What an order wanted and could not get.
  package struct Shortage: Hashable, Sendable {
    package let variant: VariantID
    package let requested: Int
    package let available: Int

    package init(variant: VariantID, requested: Int, available: Int) {
      self.variant = variant
      self.requested = requested
      self.available = available
    }
  }

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  package var details: [String: Int] {
    switch self {
    case .numberMoved(let onHand), .belowZero(_, let onHand): ["on_hand": onHand]
    case .belowReserved(let onHand, let reserved): ["on_hand": onHand, "reserved": reserved]
    default: [:]
    }
  }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchProduct: ("not_found", .notFound, "There is no such product of yours.")
    case .noSuchShop: ("not_found", .notFound, "There is no such shop of yours.")
    case .noSuchVariant(let field):
      ("no_such_variant", .invalid(field: field), "This product has no such variant.")
    case .chooseAVariant(let field):
      (
        "choose_a_variant", .invalid(field: field),
        "This product has several variants. Give the variant's id."
      )
    case .namedTwice(let field):
      ("named_twice", .invalid(field: field), "This variant is named twice.")
    case .numberMoved(let onHand):
      ("number_moved", .conflict, "There are \(onHand) on hand now. Look again, then set.")
    case .belowReserved(_, let reserved):
      ("below_reserved", .conflict, "Orders hold \(reserved) of them. Keep at least as many.")
    case .belowZero(let field, let onHand):
      ("below_zero", .invalid(field: field), "There are only \(onHand) on hand.")
    case .tooMuch(let field):
      (
        "out_of_range", .invalid(field: field),
        "No more than \(StockLevel.onHandMax) may be on hand."
      )
    case .referenceUsed:
      ("reference_used", .conflict, "This reference has moved this stock before.")
    case .insufficient: ("insufficient_stock", .conflict, "There is not enough in stock.")
    case .reservationDiffers:
      ("reservation_differs", .conflict, "The order has reserved other things than these.")
    case .reservationOver:
      ("reservation_over", .conflict, "What the order had reserved is free again.")
    case .alreadyDeducted:
      ("already_deducted", .conflict, "What the order had reserved has left the stock.")
    }
  }
}
