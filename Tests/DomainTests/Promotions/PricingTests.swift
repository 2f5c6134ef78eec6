import Core
import Promotions
import Testing

/// One rule after the other, in numbers that can be followed on paper.
@Suite struct PricingTests {
  private static let now = Timestamp(seconds: 1_800_000_000)
  private static let usd = Currency(rawValue: "USD") ?? .none
  private let ids = IDSource()
  private let shop: ShopID
  private let lines: [Pricing.Line]

  /// A shop with three lines: 10.00, 3 × 3.33 and 0.01.
  init() {
    shop = ids.id()
    lines = [(1000, 1), (333, 3), (1, 1)].map { [ids, shop] price, quantity in
      Pricing.Line(
        key: ids.id(), shop: shop, product: ids.id(), categories: [],
        unitPrice: Money(price, Self.usd), quantity: quantity)
    }
  }

  private func promotion(
    _ discount: Promotion.Discount, _ change: (inout Promotion) -> Void = { _ in }
  )
    -> Promotion
  {
    var promotion = Promotion(
      id: ids.id(), shop: shop, name: "P", discount: discount, startsAt: Self.now - .days(1),
      endsAt: Self.now + .days(1))
    change(&promotion)
    return promotion
  }

  private func percent(_ hundredths: Int) -> Promotion.Discount {
    Percent(hundredths: hundredths).map { .percentage($0) } ?? .value(0)
  }

  private func quote(
    _ promotions: [Promotion], codes: [String] = [], uses: [PromotionID: Int] = [:],
    at moment: Timestamp = Self.now
  ) -> Quote {
    Pricing.quote(
      lines, promotions, on: .init(moment: moment, codes: codes, uses: uses))
  }

  private func parts(_ quote: Quote) -> [Int] {
    lines.map { quote.lines[$0.key]?.discount.amount ?? -1 }
  }

  @Test func withoutPromotionsItIsASum() {
    let quote = quote([])
    #expect(quote.totals.map(\.subtotal) == [Money(2000, Self.usd)])
    #expect(quote.totals.map(\.total.amount) == [2000])
    #expect(parts(quote) == [0, 0, 0])
    #expect(Pricing.quote([], [], on: .init(moment: Self.now)).totals.isEmpty)
  }

  /// 12.5 % of 20.00 are 2.50: exactly 1.25, 1.24875 and 0.00125.
  @Test func aPercentageIsSpreadByLargestRemainder() {
    #expect(parts(quote([promotion(percent(1250))])) == [125, 125, 0])
  }

  /// 0.03 % of 20.00 are 0.6 cents, rounded up; 0.02 % are 0.4 cents, which is nothing.
  @Test func anAmountIsRoundedOnceHalfUpwards() {
    #expect(quote([promotion(percent(3))]).verdicts[0].discount == 1)
    #expect(quote([promotion(percent(2))]).verdicts[0].reason == .nothingLeft)
    let half = Pricing.quote(
      [lines[0]], [promotion(percent(5))], on: .init(moment: Self.now))
    #expect(half.verdicts[0].discount == 1)
  }

  @Test func everythingIsTheMost() {
    #expect(parts(quote([promotion(percent(10_000))])) == [1000, 999, 1])
    #expect(parts(quote([promotion(.value(999_999))])) == [1000, 999, 1])
    #expect(Percent(hundredths: 10_001) == nil && Percent(hundredths: 0) == nil)
  }

  @Test func theCapHolds() {
    let capped = quote([promotion(percent(5000)) { $0.maxDiscount = 100 }])
    #expect(capped.verdicts[0].discount == 100)
    #expect(parts(capped) == [50, 50, 0])
  }

  @Test func theMinimumIsOfWhatItIsFor() {
    let enough = promotion(.value(100)) { $0.minimum = 2000 }
    #expect(quote([enough]).verdicts[0].isApplied)
    let short = promotion(.value(100)) { $0.minimum = 2001 }
    #expect(quote([short]).verdicts[0].reason == .belowMinimum)
    let product = lines[0].product
    let narrow = promotion(.value(100)) {
      $0.minimum = 1001
      $0.scope = .init(products: [product])
    }
    #expect(quote([narrow]).verdicts[0].reason == .belowMinimum)
  }

  @Test func theWindowIncludesItsBeginningAndNotItsEnd() {
    let one = promotion(.value(1))
    #expect(quote([one], at: one.startsAt).verdicts[0].isApplied)
    #expect(
      quote([one], at: one.startsAt - .microseconds(1)).verdicts[0].reason == .notStarted)
    #expect(quote([one], at: one.endsAt - .microseconds(1)).verdicts[0].isApplied)
    #expect(quote([one], at: one.endsAt).verdicts[0].reason == .ended)
  }

  @Test(
    arguments: zip(Promotion.Status.allCases, ["not_active", "applied", "not_active", "ended"]))
  func onlyActiveOnesApply(_ status: Promotion.Status, _ reason: String) {
    let one = promotion(.value(1)) { $0.status = status }
    #expect(quote([one]).verdicts[0].reason.rawValue == reason)
  }

  @Test func aCodeIsNeededInWhateverCase() {
    let one = promotion(.value(1)) { $0.code = "Spring-26" }
    #expect(quote([one]).verdicts[0].reason == .codeMissing)
    #expect(quote([one], codes: ["spring-26"]).verdicts[0].isApplied)
    #expect(quote([one], codes: ["SPRING-26", "x"]).verdicts[0].isApplied)
    #expect(quote([one], codes: ["spring-2"]).verdicts[0].reason == .codeMissing)
  }

  @Test func limitsHold() {
    let one = promotion(.value(1)) { $0.perCustomerLimit = 2 }
    #expect(quote([one], uses: [one.id: 1]).verdicts[0].isApplied)
    #expect(quote([one], uses: [one.id: 2]).verdicts[0].reason == .usedByCustomer)
    let full = Promotion(
      id: ids.id(), shop: shop, name: "P", discount: .value(1), startsAt: Self.now,
      endsAt: Self.now + .days(1), totalLimit: 7, used: 7)
    #expect(quote([full]).verdicts[0].reason == .usedUp)
  }

  @Test func stackingOnesWorkOnWhatIsLeft() {
    let first = promotion(percent(5000)) {
      $0.stacks = true
      $0.priority = 2
    }
    let second = promotion(percent(5000)) {
      $0.stacks = true
      $0.priority = 1
    }
    let both = quote([second, first])
    #expect(both.verdicts.map(\.promotion.id) == [first.id, second.id])
    #expect(both.verdicts.map(\.discount) == [1000, 500])
    #expect(both.totals[0].total.amount == 500)
  }

  @Test func whatDoesNotStackIsAlone() {
    let alone = promotion(.value(100)) { $0.priority = 1 }
    let stacking = promotion(.value(10)) { $0.stacks = true }
    #expect(
      quote([stacking, alone]).verdicts.map(\.reason) == [.applied, .notCombinable])
    let late = promotion(.value(100)) { $0.priority = -1 }
    #expect(
      quote([stacking, late]).verdicts.map(\.reason) == [.applied, .notCombinable])
    // One that did not apply keeps no other from applying.
    let dear = promotion(.value(100)) {
      $0.priority = 5
      $0.minimum = 1_000_000
    }
    #expect(quote([dear, stacking]).verdicts.map(\.reason) == [.belowMinimum, .applied])
  }

  /// The older of two with the same priority goes first.
  @Test func equalPriorityGoesByAge() {
    let older = promotion(.value(100))
    let newer = promotion(.value(200))
    #expect(
      quote([newer, older]).verdicts.map(\.promotion.id).first
        == min(older.id, newer.id))
  }

  @Test func categoriesHoldWhatIsBelowThem() {
    let clothes: CategoryID = ids.id()
    let shirts: CategoryID = ids.id()
    let shirt = Pricing.Line(
      key: ids.id(), shop: shop, product: ids.id(), categories: [shirts, clothes],
      unitPrice: Money(500, Self.usd), quantity: 2)
    let inClothes = promotion(percent(1000)) { $0.scope = .init(categories: [clothes]) }
    let quote = Pricing.quote(lines + [shirt], [inClothes], on: .init(moment: Self.now))
    #expect(quote.verdicts[0].parts.map(\.key) == [shirt.key])
    #expect(quote.verdicts[0].parts.map(\.amount) == [100])
    #expect(self.quote([inClothes]).verdicts[0].reason == .nothingEligible)
  }

  @Test func anotherShopsPromotionsDoNothing() {
    let other = Promotion(
      id: ids.id(), shop: ids.id(), name: "P", discount: .value(1), startsAt: Self.now,
      endsAt: Self.now + .days(1))
    #expect(quote([other]).verdicts[0].reason == .nothingEligible)
  }

  @Test func currenciesAreNeverAddedUp() {
    let dong = Currency(rawValue: "VND") ?? .none
    let tea = Pricing.Line(
      key: ids.id(), shop: ids.id(), product: ids.id(), categories: [],
      unitPrice: Money(20_000, dong), quantity: 1)
    let quote = Pricing.quote(lines + [tea], [], on: .init(moment: Self.now))
    #expect(quote.isMixed)
    #expect(quote.totals.map(\.total) == [Money(2000, Self.usd), Money(20_000, dong)])
  }

  /// The largest cart there may be still fits.
  @Test func theLargestCartFits() {
    let lines = (0..<99).map { _ in
      Pricing.Line(
        key: ids.id(), shop: shop, product: ids.id(), categories: [],
        unitPrice: Money(Money.amountMax, Self.usd), quantity: 999)
    }
    let quote = Pricing.quote(lines, [promotion(percent(3333))], on: .init(moment: Self.now))
    let whole = Money.amountMax * 999 * 99
    #expect(quote.totals[0].subtotal.amount == whole)
    #expect(quote.totals[0].discount.amount == whole / 10_000 * 3333)
  }

  @Test func everyReasonHasASentence() {
    for reason in Quote.Reason.allCases { #expect(reason.sentence.hasSuffix(".")) }
  }

  @Test func statusGoesForward() {
    let allowed = Promotion.Status.allCases.map { from in
      Promotion.Status.allCases.filter { from.mayBecome($0) }.map(\.rawValue)
    }
    #expect(
      allowed == [
        ["draft", "active", "paused", "ended"], ["active", "paused", "ended"],
        ["active", "paused", "ended"], ["ended"],
      ])
  }
}
