internal import Core
internal import HTTP

/// The options of a product and the variants that come of them, checked against each other. Pure:
/// what is wrong is noted with the field it stands in, all of it.
struct Arrangement {
  let options: [ProductOption]
  private(set) var faults: [Problem.Violation] = []
  private let place: String

  /// Where no options are told, they are those that the variants name, in the order of the first.
  init(options: [ProductOption], variants: [VariantDraft], at place: String) {
    self.place = place
    self.options = options.isEmpty ? Self.options(of: variants) : options
    checkOptions()
    checkVariants(variants)
  }

  private static func options(of variants: [VariantDraft]) -> [ProductOption] {
    let names = (variants.first?.options ?? [:]).keys.sorted()
    return names.map { name in
      var values: [String] = []
      for value in variants.compactMap({ $0.options?[name] }) where !values.contains(value) {
        values.append(value)
      }
      return ProductOption(name: name, values: values)
    }
  }

  private mutating func checkOptions() {
    var names: Set<String> = []
    for (index, option) in options.enumerated() {
      if !names.insert(option.name).inserted {
        refuse("options[\(index)].name", "same_option", "This option stands there twice.")
      }
      if Set(option.values).count != option.values.count {
        refuse("options[\(index)].values", "same_value", "A value stands there twice.")
      }
    }
  }

  private mutating func checkVariants(_ variants: [VariantDraft]) {
    var choices: Set<[String]> = []
    var skus: Set<String> = []
    for (index, variant) in variants.enumerated() {
      let chosen = variant.options ?? [:]
      let choice = options.map { chosen[$0.name] ?? "" }
      let fits = zip(options, choice).allSatisfy { $0.values.contains($1) }
      if !fits || chosen.count != options.count {
        refuse(
          "variants[\(index)].options", "unknown_option",
          "A variant needs one of the values of each option, and nothing else.")
      } else if !choices.insert(choice).inserted {
        refuse(
          "variants[\(index)].options", "same_options", "Two variants must differ in their options."
        )
      }
      if let sku = variant.sku, !skus.insert(sku).inserted {
        refuse("variants[\(index)].sku", "same_sku", "Two variants must differ in their SKUs.")
      }
    }
  }

  /// The price of a variant, its own or the product's, in the currency of the shop.
  mutating func price(
    of variant: VariantDraft, at index: Int, else common: Money?, in currency: Currency
  ) -> Int {
    let field = variant.price == nil ? "price" : "variants[\(index)].price"
    guard let price = variant.price ?? common else {
      refuse("variants[\(index)].price", "required", "A variant needs a price, or the product.")
      return 1
    }
    guard price.currency == currency else {
      let fault = Problem.Violation(
        field: place + field, code: "currency_mismatch",
        message: "The prices of this shop are said in \(currency.rawValue).")
      if !faults.contains(fault) { faults.append(fault) }
      return 1
    }
    return price.amount
  }

  mutating func refuse(_ field: String, _ code: String, _ message: String) {
    faults.append(.init(field: place + field, code: code, message: message))
  }
}
