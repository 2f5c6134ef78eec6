import Cart
import Core
import Inventory
import Orders
import Payments
import Promotions
import Testing

/// A client gets a slug to rely on and a sentence to read, whatever refuses.
@Suite struct RefusalTests {
  private static let variant = VariantID(UUID(high: 0, low: 0))
  private static let all: [any DomainError] = [
    InventoryError.noSuchProduct, InventoryError.noSuchShop,
    InventoryError.noSuchVariant(field: "f"), InventoryError.chooseAVariant(field: "f"),
    InventoryError.namedTwice(field: "f"), InventoryError.numberMoved(onHand: 3),
    InventoryError.belowReserved(onHand: 3, reserved: 2),
    InventoryError.belowZero(field: "f", onHand: 3), InventoryError.tooMuch(field: "f"),
    InventoryError.referenceUsed,
    InventoryError.insufficient([.init(variant: variant, requested: 2, available: 1)]),
    InventoryError.reservationDiffers, InventoryError.reservationOver,
    InventoryError.alreadyDeducted,
    PromotionError.noSuchShop, PromotionError.noSuchPromotion, PromotionError.codeTaken,
    PromotionError.tooManyPromotions(most: 3), PromotionError.tooManyAutomatic(most: 3),
    PromotionError.endsBeforeItStarts, PromotionError.endsInThePast,
    PromotionError.limitBelowUsed(used: 3), PromotionError.wrongCurrency(field: "f"),
    PromotionError.notAProductOfTheShop, PromotionError.noSuchCategory,
    PromotionError.illegalTransition(from: .active, to: .draft), PromotionError.hasEnded,
    PromotionError.notUsable(PromotionID(UUID(high: 0, low: 0)), .usedUp), PromotionError.useOver,
    PaymentError.noSuchPayment, PaymentError.noSuchOrder, PaymentError.noSuchParcel,
    PaymentError.unknownProvider(field: "f"), PaymentError.providerNotConfigured(field: "f"),
    PaymentError.unknownMethod(field: "f"), PaymentError.currencyNotTaken(field: "f"),
    PaymentError.notForTopUps(field: "f"), PaymentError.noSuchMethod,
    PaymentError.noSuchSavedMethod(field: "f"), PaymentError.methodOfAnotherProvider(field: "f"),
    PaymentError.methodExists, PaymentError.tooManyMethods(most: 3),
    PaymentError.cardNumber(field: "f"), PaymentError.orderPaid, PaymentError.orderClosed,
    PaymentError.notCaptured, PaymentError.notRefundable, PaymentError.wrongCurrency(field: "f"),
    PaymentError.refundTooLarge(refundable: 3), PaymentError.parcelNeeded,
    PaymentError.referenceUsed,
    CartError.noSuchItem, CartError.noSuchCode, CartError.noSuchVariant(field: "f"),
    CartError.variantOfAnotherProduct, CartError.chooseAVariant(field: "f"),
    CartError.notForSale(field: "f"), CartError.tooManyPieces(inCart: 3), CartError.cartFull,
    CartError.tooManyCodes, CartError.cartEmpty, CartError.unknownCode,
    OrderError.noSuchOrder, OrderError.noSuchParcel, OrderError.noSuchReturn, OrderError.emptyCart,
    OrderError.noSuchVariant(field: "f"), OrderError.chooseAVariant(field: "f"),
    OrderError.namedTwice(field: "f"), OrderError.noSuchAddress, OrderError.notForSale(name: "Tea"),
    OrderError.insufficientStock(name: "Tea", available: 0),
    OrderError.insufficientStock(name: "Tea", available: 2), OrderError.mixedCurrencies,
    OrderError.totalChanged(expected: 1, total: 2), OrderError.wrongCurrency(field: "f"),
    OrderError.codeRefused(field: "f", reason: "used_up", message: "It is used up."),
    OrderError.illegalTransition(from: "paid", to: "pending"), OrderError.alreadyShipped,
    OrderError.notPaid, OrderError.orderIsOver, OrderError.alreadyClaimed, OrderError.notYours,
    OrderError.nothingToReturn, OrderError.tooManyReturned(field: "f", left: 1),
    OrderError.restockUndecided,
  ]

  @Test func eachSaysWhatIsWrong() {
    for error in Self.all {
      let slug = error.slug
      #expect(!slug.isEmpty && slug != "refused", "\(error)")
      #expect(slug.allSatisfy { $0.isLowercase || $0 == "_" }, "\(error)")
      #expect(
        error.message.hasSuffix(".") && error.message.first?.isUppercase == true, "\(error)")
    }
  }

  @Test func numbersAreForPrograms() {
    #expect(InventoryError.numberMoved(onHand: 3).details == ["on_hand": 3])
    #expect(
      InventoryError.belowReserved(onHand: 3, reserved: 2).details
        == ["on_hand": 3, "reserved": 2])
    #expect(PromotionError.limitBelowUsed(used: 3).details == ["used": 3])
    #expect(CartError.tooManyPieces(inCart: 3).details == ["in_cart": 3])
    #expect(PaymentError.refundTooLarge(refundable: 3).details == ["refundable": 3])
    #expect(
      OrderError.totalChanged(expected: 3, total: 5).details
        == ["expected": 3, "total": 5, "difference": 2])
    #expect(CartError.cartFull.details.isEmpty)
  }
}
