package import Core

/// Why Payments refuses.
package enum PaymentError: DomainError, Equatable {
  case noSuchPayment
  case noSuchOrder
  case noSuchParcel
  case unknownProvider(field: String)
  case providerNotConfigured(field: String)
  case unknownMethod(field: String)
  case currencyNotTaken(field: String)
  case returnURLTooLong(field: String, most: Int)
  case notForTopUps(field: String)
  case noSuchMethod
  case noSuchSavedMethod(field: String)
  case methodOfAnotherProvider(field: String)
  case methodExists
  case tooManyMethods(most: Int)
  case cardNumber(field: String)
  case orderPaid
  case orderClosed
  case notCaptured
  case notRefundable
  case wrongCurrency(field: String)
  case refundTooLarge(refundable: Int)
  case parcelNeeded
  case referenceUsed

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  package var details: [String: Int] {
    if case .refundTooLarge(let refundable) = self { ["refundable": refundable] } else { [:] }
  }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .noSuchPayment: ("not_found", .notFound, "There is no such payment of yours.")
    case .noSuchOrder: ("not_found", .notFound, "There is no such order of yours.")
    case .noSuchParcel: ("not_found", .notFound, "There is no such parcel of yours.")
    case .noSuchMethod: ("not_found", .notFound, "You have no such payment method.")
    case .methodExists: ("method_exists", .conflict, "You have saved this payment method before.")
    case .tooManyMethods(let most):
      ("too_many_methods", .conflict, "Nobody may save more than \(most) payment methods.")
    case .orderPaid: ("order_paid", .conflict, "This order is paid, or is paid on delivery.")
    case .orderClosed: ("order_closed", .conflict, "This order cannot be paid any more.")
    case .notCaptured:
      ("not_captured", .conflict, "No money has come yet, so none can go back.")
    case .notRefundable:
      ("not_refundable", .conflict, "What filled a wallet is spent from there.")
    case .refundTooLarge(let refundable):
      ("refund_too_large", .conflict, "At most \(refundable) can be given back.")
    case .referenceUsed:
      ("reference_used", .conflict, "This reference has asked for another refund.")
    default: fieldFault
    }
  }

  /// What is wrong with one field of the request.
  private var fieldFault: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .unknownProvider(let field):
      ("unknown_provider", .invalid(field: field), "There is no such payment provider.")
    case .providerNotConfigured(let field):
      ("provider_not_configured", .invalid(field: field), "This provider is not offered here.")
    case .unknownMethod(let field):
      ("unknown_method", .invalid(field: field), "This provider has no such method.")
    case .currencyNotTaken(let field):
      ("currency_not_taken", .invalid(field: field), "This provider does not take the currency.")
    case .returnURLTooLong(let field, let most):
      (
        "too_long", .invalid(field: field),
        "This provider takes addresses of at most \(most) characters."
      )
    case .notForTopUps(let field):
      ("not_for_top_ups", .invalid(field: field), "A wallet cannot be filled this way.")
    case .noSuchSavedMethod(let field):
      ("no_such_method", .invalid(field: field), "You have no such payment method.")
    case .methodOfAnotherProvider(let field):
      ("other_provider", .invalid(field: field), "This method is of another provider.")
    case .cardNumber(let field):
      (
        "card_number", .invalid(field: field),
        "This looks like a card's number. Give the provider's token for it."
      )
    case .wrongCurrency(let field):
      ("wrong_currency", .invalid(field: field), "The payment is in another currency.")
    case .parcelNeeded:
      ("parcel_needed", .invalid(field: "parcel_id"), "Say which parcel of yours it is for.")
    default: ("refused", .conflict, "This is not possible now.")
    }
  }
}
