import Core
import HTTP
import Testing

@testable import Catalog

@Suite struct ArrangementTests {
  private func faults(_ options: [ProductOption], _ variants: [[String: String]?]) -> [String] {
    Arrangement(
      options: options, variants: variants.map { VariantDraft(options: $0) }, at: ""
    ).faults.map { "\($0.field) \($0.code)" }
  }

  private let size = ProductOption(name: "Size", values: ["M", "L"])
  private let colour = ProductOption(name: "Colour", values: ["Red", "Blue"])

  @Test func everyVariantNeedsOneValueOfEachOption() {
    #expect(faults([], [nil]) == [])
    #expect(faults([size], [["Size": "M"], ["Size": "L"]]) == [])
    #expect(faults([size], [nil]) == ["variants[0].options unknown_option"])
    #expect(faults([size], [["Size": "XL"]]) == ["variants[0].options unknown_option"])
    #expect(
      faults([size], [["Size": "M", "Colour": "Red"]]) == ["variants[0].options unknown_option"])
    #expect(
      faults([size, colour], [["Size": "M"]]) == ["variants[0].options unknown_option"])
  }

  @Test func noTwoAreAlike() {
    #expect(faults([], [nil, nil]) == ["variants[1].options same_options"])
    #expect(
      faults([size], [["Size": "M"], ["Size": "L"], ["Size": "M"]])
        == ["variants[2].options same_options"])
    #expect(
      faults([size, size], [["Size": "M"]]).contains("options[1].name same_option"))
  }

  @Test func optionsComeOfTheVariantsWhereNoneAreTold() {
    let arrangement = Arrangement(
      options: [],
      variants: [
        VariantDraft(options: ["Size": "M", "Colour": "Red"]),
        VariantDraft(options: ["Size": "L", "Colour": "Red"]),
      ], at: "")
    #expect(arrangement.faults.isEmpty)
    #expect(
      arrangement.options == [
        ProductOption(name: "Colour", values: ["Red"]),
        ProductOption(name: "Size", values: ["M", "L"]),
      ])
  }

  @Test func pricesAreInTheCurrencyOfTheShop() throws {
    let currencies = ["VND", "USD"].compactMap(Currency.init(rawValue:))
    let (dong, dollar) = (currencies[0], currencies[1])
    let variant = VariantDraft(price: Money(5, dollar))
    var arrangement = Arrangement(options: [], variants: [variant], at: "[3].")
    #expect(arrangement.price(of: variant, at: 0, else: nil, in: dollar) == 5)
    #expect(arrangement.price(of: VariantDraft(), at: 0, else: Money(7, dong), in: dong) == 7)
    #expect(arrangement.faults.isEmpty)
    _ = arrangement.price(of: variant, at: 0, else: Money(7, dong), in: dong)
    _ = arrangement.price(of: VariantDraft(), at: 0, else: nil, in: dong)
    #expect(
      arrangement.faults.map { "\($0.field) \($0.code)" }
        == ["[3].variants[0].price currency_mismatch", "[3].variants[0].price required"])
  }
}
