import Core
import Promotions

/// Shops, carts and promotions made from a seed: the same seed makes the same case.
struct PricingCase {
  let lines: [Pricing.Line]
  let promotions: [Promotion]
  let occasion: Pricing.Occasion

  static let now = Timestamp(seconds: 1_800_000_000)
  private static let currencies = ["USD", "VND", "EUR"].compactMap(Currency.init(rawValue:))

  init(seed: UInt64) {
    var dice = Dice(seed: seed)
    let shops = (0...dice.roll(3)).map { _ in dice.id(ShopKind.self) }
    let isMixed = dice.roll(4) == 0
    let categories = (0..<4).map { _ in dice.id(CategoryKind.self) }
    var lines: [Pricing.Line] = []
    for _ in 0..<dice.roll(12) {
      let shop = dice.roll(shops.count)
      lines.append(
        Pricing.Line(
          key: dice.id(), shop: shops[shop], product: dice.id(),
          categories: Array(categories.prefix(dice.roll(4))),
          unitPrice: Money(
            dice.price(), Self.currencies[isMixed ? shop % 3 : 0]),
          quantity: 1 + dice.roll(dice.roll(5) == 0 ? 999 : 5)))
    }
    self.lines = lines
    promotions = (0..<dice.roll(8)).map { _ in
      Self.promotion(&dice, shops, lines, categories)
    }
    occasion = Pricing.Occasion(
      moment: Self.now, codes: dice.roll(2) == 0 ? ["SPRING"] : [],
      uses: Dictionary(uniqueKeysWithValues: promotions.map { ($0.id, dice.roll(3)) }))
  }

  private static func promotion(
    _ dice: inout Dice, _ shops: [ShopID], _ lines: [Pricing.Line], _ categories: [CategoryID]
  ) -> Promotion {
    let percent = Percent(hundredths: 1 + dice.roll(10_000))
    let discount: Promotion.Discount =
      if let percent, dice.roll(2) == 0 { .percentage(percent) } else { .value(1 + dice.price()) }
    let scope: Promotion.Scope =
      switch dice.roll(3) {
      case 0: .init(products: Set(lines.shuffled(using: &dice).prefix(2).map(\.product)))
      case 1: .init(categories: Set(categories.suffix(2)))
      default: .init()
      }
    let start = now + .seconds(Int64(dice.roll(20)) - 15)
    return Promotion(
      id: dice.id(), shop: shops[dice.roll(shops.count)], name: "P", discount: discount,
      maxDiscount: dice.roll(3) == 0 ? 1 + dice.price() : nil,
      minimum: dice.roll(3) == 0 ? dice.price() : nil, code: dice.roll(4) == 0 ? "Spring" : nil,
      startsAt: start, endsAt: start + .seconds(Int64(dice.roll(30)) + 1),
      perCustomerLimit: dice.roll(4) == 0 ? 1 + dice.roll(3) : nil,
      totalLimit: dice.roll(4) == 0 ? 5 : nil, used: dice.roll(6), priority: dice.roll(3),
      stacks: dice.roll(2) == 0, scope: scope,
      status: Promotion.Status.allCases[dice.roll(5) == 0 ? dice.roll(4) : 1])
  }
}

/// Numbers that look random and repeat with their seed (SplitMix64).
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  mutating func roll(_ sides: Int) -> Int { Int(next() % UInt64(max(1, sides))) }

  /// Small and odd ones as well as the largest there are.
  mutating func price() -> Int {
    switch roll(6) {
    case 0: roll(10)
    case 1: Money.amountMax - roll(10)
    default: roll(100_000)
    }
  }

  mutating func id<Kind>(_ kind: Kind.Type = Kind.self) -> ID<Kind> {
    ID(UUID(milliseconds: 1_800_000_000_000, random: (next(), next())))
  }
}
