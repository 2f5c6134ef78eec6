import Core
import Promotions
import Testing

/// What holds for every cart, in ten thousand of them.
@Suite struct PricingPropertyTests {
  private static let seeds: ClosedRange<UInt64> = 1...10_000

  @Test func noCentIsLostOrInvented() {
    var applied = 0
    for seed in Self.seeds {
      let example = PricingCase(seed: seed)
      let quote = Pricing.quote(example.lines, example.promotions, on: example.occasion)
      var taken: [VariantID: Int] = [:]
      for verdict in quote.verdicts {
        applied += verdict.isApplied ? 1 : 0
        #expect(verdict.discount == verdict.parts.reduce(0) { $0 + $1.amount }, "seed \(seed)")
        #expect(verdict.isApplied == (verdict.discount > 0), "seed \(seed)")
        for part in verdict.parts { taken[part.key, default: 0] += part.amount }
      }
      for line in example.lines {
        let price = quote.lines[line.key]
        #expect(price?.discount.amount == taken[line.key] ?? 0, "seed \(seed)")
        #expect(price?.total.amount == line.unitPrice.amount * line.quantity, "seed \(seed)")
      }
      let ofLines = quote.lines.values.reduce(0) { $0 + $1.discount.amount }
      #expect(ofLines == quote.totals.reduce(0) { $0 + $1.discount.amount }, "seed \(seed)")
      #expect(ofLines == quote.shops.reduce(0) { $0 + $1.discount.amount }, "seed \(seed)")
      #expect(ofLines == quote.verdicts.reduce(0) { $0 + $1.discount }, "seed \(seed)")
    }
    #expect(applied > 3000, "the cases try next to nothing")
  }

  @Test func nothingFallsBelowZero() {
    for seed in Self.seeds {
      let example = PricingCase(seed: seed)
      let quote = Pricing.quote(example.lines, example.promotions, on: example.occasion)
      #expect(
        quote.lines.values.allSatisfy { (0...$0.total.amount).contains($0.discount.amount) },
        "seed \(seed)")
      #expect(quote.totals.allSatisfy { $0.total.amount >= 0 }, "seed \(seed)")
      for verdict in quote.verdicts {
        #expect(verdict.parts.allSatisfy { $0.amount > 0 }, "seed \(seed)")
        #expect(
          verdict.discount <= verdict.promotion.maxDiscount ?? .max, "seed \(seed): over the cap")
      }
    }
  }

  @Test func theOrderOfLinesAndPromotionsDoesNotMatter() {
    for seed in Self.seeds {
      let example = PricingCase(seed: seed)
      var dice = Dice(seed: seed &+ 77)
      let one = Pricing.quote(example.lines, example.promotions, on: example.occasion)
      let other = Pricing.quote(
        example.lines.shuffled(using: &dice), example.promotions.shuffled(using: &dice),
        on: example.occasion)
      #expect(one.lines == other.lines, "seed \(seed)")
      #expect(one.verdicts == other.verdicts, "seed \(seed)")
      #expect(one.totals == other.totals, "seed \(seed)")
      #expect(one.shops == other.shops, "seed \(seed)")
    }
  }

  /// A promotion takes from its shop's lines in its scope and from nowhere else, and one that does
  /// not stack is alone in its shop.
  @Test func aPromotionKeepsToItsOwn() {
    for seed in Self.seeds {
      let example = PricingCase(seed: seed)
      let quote = Pricing.quote(example.lines, example.promotions, on: example.occasion)
      let lines = Dictionary(uniqueKeysWithValues: example.lines.map { ($0.key, $0) })
      for verdict in quote.verdicts where verdict.isApplied {
        #expect(
          verdict.parts.allSatisfy { lines[$0.key]?.shop == verdict.promotion.shop },
          "seed \(seed)")
        let products = verdict.promotion.scope.products
        #expect(
          products.isEmpty
            || verdict.parts.allSatisfy { products.contains(lines[$0.key]?.product ?? .zero) },
          "seed \(seed)")
        let sameShop = quote.verdicts.filter {
          $0.isApplied && $0.promotion.shop == verdict.promotion.shop
        }
        #expect(verdict.promotion.stacks || sameShop.count == 1, "seed \(seed)")
      }
    }
  }
}

extension ProductID {
  fileprivate static var zero: ProductID { ProductID(UUID(high: 0, low: 0)) }
}
