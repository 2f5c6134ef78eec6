internal import Core

/// What is left to pay on each line while one promotion after the other takes its part.
struct Till {
  /// By key, so that the order they came in decides nothing.
  let lines: [Pricing.Line]
  private(set) var left: [Int]
  private var takings: [ShopID: Taking] = [:]

  /// What has applied in a shop so far.
  private enum Taking {
    case stacking, alone
  }

  init(_ lines: [Pricing.Line]) {
    self.lines = lines.sorted { $0.key < $1.key }
    left = self.lines.map(\.total)
  }

  mutating func apply(_ promotion: Promotion) -> Quote.Verdict {
    let places = lines.indices.filter {
      lines[$0].shop == promotion.shop
        && promotion.scope.holds(lines[$0].product, in: lines[$0].categories)
    }
    guard !places.isEmpty else { return Quote.Verdict(promotion, .nothingEligible) }
    let worth = places.reduce(0) { $0 + lines[$1].total }
    if let minimum = promotion.minimum, worth < minimum {
      return Quote.Verdict(promotion, .belowMinimum)
    }
    let before = takings[promotion.shop]
    guard before == nil || (before == .stacking && promotion.stacks) else {
      return Quote.Verdict(promotion, .notCombinable)
    }
    let amount = promotion.amount(off: places.reduce(0) { $0 + left[$1] })
    guard amount > 0 else { return Quote.Verdict(promotion, .nothingLeft) }
    takings[promotion.shop] = promotion.stacks ? .stacking : .alone
    return take(amount, from: places, for: promotion)
  }

  private mutating func take(
    _ amount: Int, from places: [Int], for promotion: Promotion
  ) -> Quote.Verdict {
    let shares = Self.spread(amount, over: places.map { left[$0] })
    var parts: [Quote.Part] = []
    for (place, share) in zip(places, shares) where share > 0 {
      left[place] -= share
      parts.append(Quote.Part(key: lines[place].key, amount: share))
    }
    return Quote.Verdict(promotion, .applied, discount: amount, parts: parts)
  }

  /// In proportion to the weights. What whole shares leave over goes, one each, to where the
  /// largest fractions were cut off; of equal ones to the first. `amount` is at most the sum of
  /// the weights, so no share is larger than its weight.
  static func spread(_ amount: Int, over weights: [Int]) -> [Int] {
    let sum = Int128(weights.reduce(0, +))
    guard sum > 0 else { return weights.map { _ in 0 } }
    let exact = weights.map { (Int128(amount) * Int128($0)).quotientAndRemainder(dividingBy: sum) }
    var shares = exact.map { Int($0.quotient) }
    let rest = amount - shares.reduce(0, +)
    let byFraction = exact.indices.sorted {
      (exact[$1].remainder, $0) < (exact[$0].remainder, $1)
    }
    for place in byFraction.prefix(rest) { shares[place] += 1 }
    return shares
  }
}

extension Promotion {
  /// Never more than there is.
  fileprivate func amount(off base: Int) -> Int {
    let wanted =
      switch discount {
      case .percentage(let percent): percent.of(base)
      case .value(let value): value
      }
    return min(wanted, maxDiscount ?? wanted, base)
  }
}
