package import Core

/// Why Promotions refuses.
package enum PromotionError: DomainError, Equatable {
  case noSuchShop
  case noSuchPromotion
  case codeTaken
  case tooManyPromotions(most: Int)
  case tooManyAutomatic(most: Int)
  case endsBeforeItStarts
  case endsInThePast
  case limitBelowUsed(used: Int)
  case wrongCurrency(field: String)
  case notAProductOfTheShop
  case noSuchCategory
  case illegalTransition(from: Promotion.Status, to: Promotion.Status)
  case hasEnded
  case notUsable(PromotionID, Quote.Reason)
  case useOver

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  package var details: [String: Int] {
    if case .limitBelowUsed(let used) = self { ["used": used] } else { [:] }
  }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchShop: ("not_found", .notFound, "There is no such shop of yours.")
    case .noSuchPromotion: ("not_found", .notFound, "There is no such promotion.")
    case .codeTaken:
      ("code_taken", .conflict, "Another promotion of the shop goes by this code. End it first.")
    case .tooManyPromotions(let most):
      ("too_many_promotions", .conflict, "A shop may have \(most) promotions. End one first.")
    case .tooManyAutomatic(let most):
      (
        "too_many_promotions", .conflict,
        "A shop may have \(most) promotions without a code. End one first."
      )
    case .notUsable(_, let reason): ("promotion_not_usable", .conflict, reason.sentence)
    case .useOver: ("use_over", .conflict, "The order has given its promotions back.")
    case .illegalTransition(let from, let to):
      (
        "illegal_transition", .conflict,
        "A promotion that is \(from.rawValue) cannot become \(to.rawValue)."
      )
    case .hasEnded: ("promotion_ended", .conflict, "The promotion has ended. Make another.")
    default: faultOfAField
    }
  }

  private var faultOfAField: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .endsBeforeItStarts:
      ("ends_before_start", .invalid(field: "ends_at"), "This must be later than starts_at.")
    case .endsInThePast:
      ("ends_in_the_past", .invalid(field: "ends_at"), "This must lie in the future.")
    case .limitBelowUsed(let used):
      ("below_used", .invalid(field: "total_limit"), "It has been used \(used) times already.")
    case .wrongCurrency(let field):
      ("wrong_currency", .invalid(field: field), "This must be in the currency of the shop.")
    case .notAProductOfTheShop:
      (
        "no_such_product", .invalid(field: "applies_to.product_ids"),
        "Each must be a product of this shop."
      )
    case .noSuchCategory:
      ("no_such_category", .invalid(field: "applies_to.category_ids"), "Each must be a category.")
    default: ("refused", .conflict, "This cannot be done.")
    }
  }
}
