/// An amount in the minor units of a currency: cents of a dollar, whole dong. Never a fraction.
package struct Money: Hashable, Sendable {
  package let amount: Int
  package let currency: Currency

  package init(_ amount: Int, _ currency: Currency) {
    self.amount = amount
    self.currency = currency
  }

  /// Different currencies do not add: that is a mistake in the program.
  package static func + (left: Money, right: Money) -> Money {
    precondition(left.currency == right.currency, "different currencies do not add")
    return Money(left.amount + right.amount, left.currency)
  }

  package static func - (left: Money, right: Money) -> Money {
    left + Money(-right.amount, right.currency)
  }

  /// As people write it.
  package var text: String {
    let places = currency.decimals
    var digits = String(amount.magnitude)
    digits = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let point = places > 0 ? ".\(digits.suffix(places))" : ""
    return "\(amount < 0 ? "-" : "")\(digits.dropLast(places))\(point) \(currency.rawValue)"
  }

  /// What a price or an amount of money may be at most. A cart of 99 lines of 999 pieces at this
  /// price still fits into 64 bits.
  package static let amountMax = 10_000_000_000_000
}

/// The three letters of ISO 4217.
package struct Currency: RawRepresentable, Hashable, Sendable {
  package let rawValue: String

  /// Nil unless the text is three capital letters.
  package init?(rawValue: String) {
    guard rawValue.utf8.count == 3, rawValue.utf8.allSatisfy({ (65...90).contains($0) }) else {
      return nil
    }
    self.rawValue = rawValue
  }

  private init(known: String) { rawValue = known }

  /// How many digits of an amount stand behind the point. Dong and rupiah are counted whole, as
  /// everybody who uses them does.
  package var decimals: Int {
    if Self.whole.contains(rawValue) { return 0 }
    return Self.thousandths.contains(rawValue) ? 3 : 2
  }

  private static let whole: Set<String> = [
    "BIF", "CLP", "DJF", "GNF", "IDR", "ISK", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX",
    "VND", "VUV", "XAF", "XOF", "XPF",
  ]
  private static let thousandths: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]

  /// What ISO 4217 calls "no currency": of an amount that is zero because there is nothing.
  package static let none = Currency(known: "XXX")
}
