/// Amounts as providers count and write them.
enum Exponents {
  /// An amount counted with other digits than ours. Nil when it does not come out even.
  static func convert(_ amount: Int, from: Int, to: Int) -> Int? {
    var result = amount
    for _ in 0..<max(0, to - from) {
      let (next, isTooMuch) = result.multipliedReportingOverflow(by: 10)
      guard !isTooMuch else { return nil }
      result = next
    }
    for _ in 0..<max(0, from - to) {
      guard result.isMultiple(of: 10) else { return nil }
      result /= 10
    }
    return result
  }

  /// A decimal text such as `100000.00`. Nil for anything else, and for more digits than we count.
  static func parse(_ text: String, digits: Int) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (48...57).contains($0) }),
      fraction.utf8.allSatisfy({ (48...57).contains($0) }), parts.count == 1 || !fraction.isEmpty,
      let whole = Int(String(parts[0] + fraction))
    else { return nil }
    return convert(whole, from: fraction.utf8.count, to: digits)
  }
}
